#include "actors/process/metrics.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "messages/base/json.hpp"

namespace hawkeye {

namespace {

namespace pm = prometheus;
using buckets = pm::Histogram::BucketBoundaries;

/// All statuses of our answers.
constexpr std::array statuses{200, 202, 400, 404, 500, 503};
const buckets request_seconds{1e-5, 2.5e-5, 5e-5,   1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3,
                              5e-3, 1e-2,   2.5e-2, 0.1,  0.25,   1,    5};
const buckets bridge_seconds{1e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5,
                             1,    2.5,  5,    10,     30,   60,  120};
const buckets refresh_seconds{0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600};

double seconds(duration x) {
  return std::chrono::duration<double>(x).count();
}

/// Not with operator+, for which g++ 14 gives a false warning once it is inlined.
std::string metric_name(std::string_view x) {
  return fmt::format("hawkeye_cache_{}", x);
}

/// An error's sentence without what it quotes from a client's request: that must not be shown to
/// everyone who reads the statistics.
std::string_view unquoting(std::string_view sentence) {
  for (const std::string_view before_quotation : {", got ", " of serial number "})
    sentence = sentence.substr(0, sentence.find(before_quotation));
  return sentence;
}

} // namespace

struct metrics_registry::counters {
  /// The counters of the calls with one subject.
  struct call_meters {
    std::unordered_map<std::string, pm::Counter*> by_status;
    pm::Histogram* latency = nullptr;
    call_result last = call_result::none_yet;
  };

  /// The counters of one endpoint, which are found without a search.
  struct endpoint_meters {
    std::array<pm::Counter*, statuses.size()> by_status{};
    pm::Histogram* latency = nullptr;
    std::mutex mutex;
    endpoint_stats stats;
  };

  counters() {
    for (std::size_t i = 0; i < endpoint_count; ++i) {
      const auto name = std::string{to_string(static_cast<endpoint>(i))};
      for (std::size_t s = 0; s < statuses.size(); ++s)
        endpoints[i].by_status[s] =
            &requests.Add({{"endpoint", name}, {"status", std::to_string(statuses[s])}});
      endpoints[i].latency = &latency.Add({{"endpoint", name}}, request_seconds);
    }
    for (std::size_t i = 0; i < limit_count; ++i)
      over_limit[i] = &over_limits.Add({{"limit", std::string{to_string(static_cast<limit>(i))}}});
    // Created at the start, so that the first refresh of each kind is seen as an increase.
    for (std::size_t r = 0; r < refresh_result_count; ++r)
      for (std::size_t i = 0; i < refresh_trigger_count; ++i)
        refreshes_of(static_cast<refresh_result>(r), static_cast<refresh_trigger>(i));
  }

  pm::Counter& refreshes_of(refresh_result result, refresh_trigger trigger) {
    return refreshes.Add(
        {{"result", std::string{to_string(result)}}, {"trigger", std::string{to_string(trigger)}}});
  }

  pm::Family<pm::Counter>& counter(const char* name, const char* help) {
    return pm::BuildCounter().Name(metric_name(name)).Help(help).Register(registry);
  }
  pm::Family<pm::Histogram>& histogram(const char* name, const char* help) {
    return pm::BuildHistogram().Name(metric_name(name)).Help(help).Register(registry);
  }

  pm::Registry registry;
  pm::Family<pm::Counter>& requests =
      counter("requests_total", "Requests answered, by endpoint and status of the answer.");
  pm::Family<pm::Histogram>& latency = histogram(
      "request_duration_seconds", "From the arrival of a request to its answer, by endpoint.");
  pm::Counter& shed =
      counter("requests_shed_total", "Requests refused at once: too many waited already.").Add({});
  pm::Family<pm::Counter>& over_limits =
      counter("over_limit_total", "Requests and connections that went over a limit, by limit.");
  std::array<pm::Counter*, limit_count> over_limit{};
  pm::Counter& unanswerable =
      counter("requests_without_reply_total",
              "Requests without a reply subject, or whose reply could not be published.")
          .Add({});
  pm::Family<pm::Counter>& calls =
      counter("bridge_calls_total", "Calls to the bridges that ended, by subject and status.");
  pm::Family<pm::Histogram>& call_time =
      histogram("bridge_call_duration_seconds", "Duration of calls to the bridges, by subject.");
  pm::Family<pm::Counter>& refreshes =
      counter("refreshes_total", "Refreshes that ended, by result and trigger.");
  pm::Histogram& refresh_time =
      histogram("refresh_duration_seconds", "Duration of refreshes of all devices that published.")
          .Add({}, refresh_seconds);
  pm::Counter& payloads =
      counter("payloads_parked_total", "Answers too large for NATS that were stored in Redis.")
          .Add({});
  pm::Counter& payload_bytes =
      counter("payloads_parked_bytes_total", "Bytes of answers stored in Redis.").Add({});
  pm::Counter& redis_recoveries =
      counter("redis_recoveries_total", "Times that Redis was away and answered again.").Add({});
  std::array<endpoint_meters, endpoint_count> endpoints;

  // The library's search by labels costs more than the call that is counted.
  mutable std::mutex calls_mutex;
  std::unordered_map<std::string, call_meters> calls_known;
};

metrics_registry::metrics_registry() : all_{std::make_unique<counters>()} {}
metrics_registry::~metrics_registry() = default;

void metrics_registry::answered(endpoint to, int status, duration took, std::string_view sentence) {
  auto& x = all_->endpoints[static_cast<std::size_t>(to)];
  for (std::size_t i = 0; i < statuses.size(); ++i)
    if (statuses[i] == status)
      x.by_status[i]->Increment();
  x.latency->Observe(seconds(took));
  const std::lock_guard lock{x.mutex};
  ++x.stats.requests;
  x.stats.processing_ns += took.count();
  if (!is_service_error(status))
    return;
  ++x.stats.errors;
  x.stats.last_error = std::to_string(status) + ": " + printable(unquoting(sentence));
}

void metrics_registry::over(limit x) {
  all_->over_limit[static_cast<std::size_t>(x)]->Increment();
}

void metrics_registry::dropped() {
  all_->unanswerable.Increment();
}

void metrics_registry::shed() {
  all_->shed.Increment();
}

void metrics_registry::bridge_called(const std::string& subject, const std::string& status,
                                     duration took) {
  auto& x = *all_;
  const std::lock_guard lock{x.calls_mutex};
  auto& known = x.calls_known[subject];
  auto& counter = known.by_status[status];
  if (!counter)
    counter = &x.calls.Add({{"subject", subject}, {"status", status}});
  counter->Increment();
  if (!known.latency)
    known.latency = &x.call_time.Add({{"subject", subject}}, bridge_seconds);
  known.latency->Observe(seconds(took));
  known.last = status == "2xx" ? call_result::answered : call_result::failed;
}

call_result metrics_registry::last_call(const std::string& subject) const {
  const std::lock_guard lock{all_->calls_mutex};
  const auto found = all_->calls_known.find(subject);
  return found == all_->calls_known.end() ? call_result::none_yet : found->second.last;
}

void metrics_registry::refresh_ended(refresh_trigger trigger, refresh_result result,
                                     bool of_all_devices, duration took) {
  all_->refreshes_of(result, trigger).Increment();
  if (took_effect(result) && of_all_devices)
    all_->refresh_time.Observe(seconds(took));
}

void metrics_registry::offloaded(std::size_t bytes) {
  all_->payloads.Increment();
  all_->payload_bytes.Increment(static_cast<double>(bytes));
}

void metrics_registry::redis_back() {
  all_->redis_recoveries.Increment();
}

std::array<endpoint_stats, endpoint_count> metrics_registry::stats() const {
  std::array<endpoint_stats, endpoint_count> result;
  for (std::size_t i = 0; i < endpoint_count; ++i) {
    const std::lock_guard lock{all_->endpoints[i].mutex};
    result[i] = all_->endpoints[i].stats;
  }
  return result;
}

// -- metrics that are read from the status at each scrape: gauges, and counters of others

namespace {

class gauges {
public:
  explicit gauges(pm::Registry& to) : to_{to} {}

  pm::Family<pm::Gauge>& family(const char* name, const char* help) {
    return pm::BuildGauge().Name(metric_name(name)).Help(help).Register(to_);
  }
  pm::Counter& counter(const char* name, const char* help) {
    return pm::BuildCounter().Name(metric_name(name)).Help(help).Register(to_).Add({});
  }
  template <class T>
  void add(const char* name, const char* help, T value) {
    family(name, help).Add({}).Set(static_cast<double>(value));
  }

private:
  pm::Registry& to_;
};

void add_snapshot(gauges& to, const service_status& now) {
  to.add("snapshot_present", "1 while there is a snapshot to serve.", now.snapshot != nullptr);
  if (!now.snapshot)
    return;
  const auto& meta = now.snapshot->meta();
  to.add("snapshot_version", "Version of the snapshot that is served.", meta.version);
  to.add("snapshot_size_bytes", "Bytes of its JSON.", now.snapshot->array().size());
  to.add("devices", "Devices served.", now.snapshot->size());
  to.add("devices_carried_over", "Devices served from an earlier refresh, Bruin being silent.",
         now.snapshot->served_as()[outcome::carried_over]);
  auto& waiting =
      to.family("removals_waiting", "Devices served until their removal is confirmed, by reason.");
  for (const auto why : {outcome::not_listed, outcome::removal_unconfirmed})
    waiting.Add({{"outcome", std::string{to_string(why)}}})
        .Set(static_cast<double>(now.snapshot->served_as()[why]));
  if (const auto age = age_of(now))
    to.add("snapshot_age_seconds", "Seconds since the snapshot was built.", *age);
  if (const auto oldest = oldest_record(*now.snapshot))
    to.add("oldest_record_age_seconds",
           "Seconds since Bruin last spoke for the oldest record that is served.",
           std::max<std::int64_t>(0, now.now.seconds - oldest->seconds));
  auto& outcomes = to.family("probes", "Probes of the refresh that is served, by outcome.");
  for (std::size_t i = 0; i < outcome_count; ++i)
    outcomes.Add({{"outcome", std::string{to_string(static_cast<outcome>(i))}}})
        .Set(static_cast<double>(meta.counts.values[i]));
}

void add_refresh(gauges& to, const service_status& now) {
  to.add("refresh_running", "1 while this instance refreshes.", now.refresh.running);
  to.add("refresh_progress_probes", "Probes resolved in the running refresh.",
         now.resolver.resolved);
  to.add("refresh_expected_probes", "Probes of the running refresh.", now.resolver.total);
  to.add("refresh_failures_in_a_row", "Refresh attempts in a row that published nothing.",
         now.refresh.failures);
  to.add("refresh_interval_seconds", "refresh.interval.", seconds(now.interval));
  if (now.refresh.next)
    to.add("refresh_next_timestamp_seconds", "When this instance looks to refresh next.",
           now.refresh.next->seconds);
}

void add_servers(gauges& to, const service_status& now) {
  // The connection counts them itself.
  to.counter("nats_reconnects_total", "Times that NATS was lost and found again.")
      .Increment(static_cast<double>(now.nats_reconnects));
  to.add("nats_connected", "1 while connected to NATS.", now.nats_connected);
  to.add("receives_requests", "1 while NATS delivers requests for devices to this instance.",
         now.receives_requests);
  to.add("redis_in_use", "1 while Redis is in use.", now.redis_problem.empty());
  to.add("payload_redis_in_use", "1 while the Redis for payloads is in use.",
         now.payload_problem.empty());
  to.add("lease_held",
         "1 on the instance that holds the lease to refresh; without Redis there is none.",
         now.lease == lease_state::ours);
  to.add("bridge_calls_in_flight", "Calls to Bruin under way.", now.resolver.in_flight);
  to.add("bridge_calls_limit", "Calls to Bruin that may be under way.", now.resolver.limit);
  auto& paused =
      to.family("bridge_paused", "1 while calls with this question are paused, but for trials.");
  paused.Add({{"question", "client_info"}}).Set(now.resolver.client_info_paused ? 1 : 0);
  paused.Add({{"question", "management_status"}})
      .Set(now.resolver.management_status_paused ? 1 : 0);
}

void add_gauges(pm::Registry& registry, const service_status& now) {
  gauges to{registry};
  add_snapshot(to, now);
  add_refresh(to, now);
  add_servers(to, now);
  to.add("requests_pending", "Requests that wait for their answer.", now.pending);
  to.add("healthy", "1 while `status` finds nothing wrong.", problems_of(now).empty());
  to.add("start_time_seconds", "Start of the process, seconds since 1970.", now.started.seconds);
  to.family("build_info", "Always 1; the labels tell.")
      .Add({{"version", now.build.version},
            {"compiler", now.build.compiler},
            {"caf", now.build.caf}})
      .Set(1);
}

} // namespace

std::string metrics_registry::page(const service_status& now) const {
  pm::Registry of_now;
  add_gauges(of_now, now);
  auto families = all_->registry.Collect();
  for (auto& family : of_now.Collect())
    families.push_back(std::move(family));
  return pm::TextSerializer{}.Serialize(families);
}

} // namespace hawkeye
