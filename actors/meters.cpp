#include "actors/meters.hpp"

#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "actors/meters_gauges.hpp"
#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

namespace pm = prometheus;
using buckets = pm::Histogram::BucketBoundaries;

/// All statuses that we answer with.
constexpr std::array statuses{200, 202, 400, 404, 500, 503};
const buckets request_seconds{1e-5, 2.5e-5, 5e-5,   1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3,
                              5e-3, 1e-2,   2.5e-2, 0.1,  0.25,   1,    5};
const buckets bridge_seconds{1e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5,
                             1,    2.5,  5,    10,     30,   60,  120};
const buckets refresh_seconds{0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600};

double seconds(duration x) {
  return std::chrono::duration<double>(x).count();
}

std::string text(std::string_view x) {
  return std::string{x};
}

/// Of an error's sentence what is ours. What it quotes of one client's request is not for whoever
/// asks for the statistics.
std::string_view unquoting(std::string_view sentence) {
  for (const std::string_view before_quotation : {", got ", " of serial number "})
    sentence = sentence.substr(0, sentence.find(before_quotation));
  return sentence;
}

/// The calls with one subject.
struct call_meters {
  std::unordered_map<std::string, pm::Counter*> by_status;
  pm::Histogram* latency = nullptr;
  std::string last_status;
};

/// One endpoint's counters, found without a search.
struct endpoint_meters {
  std::array<pm::Counter*, statuses.size()> by_status{};
  pm::Histogram* latency = nullptr;
  std::mutex mutex;
  endpoint_stats stats;
};

} // namespace

struct meters::counters {
  counters() {
    for (std::size_t i = 0; i < endpoint_count; ++i) {
      const auto name = text(to_string(static_cast<endpoint>(i)));
      for (std::size_t s = 0; s < statuses.size(); ++s)
        endpoints[i].by_status[s] =
            &requests.Add({{"endpoint", name}, {"status", std::to_string(statuses[s])}});
      endpoints[i].latency = &latency.Add({{"endpoint", name}}, request_seconds);
    }
    for (std::size_t i = 0; i < limit_count; ++i)
      over_limit[i] = &over_limits.Add({{"limit", text(to_string(static_cast<limit>(i)))}});
    // From the start on, so that the first of each kind is an increase.
    for (std::size_t r = 0; r < refresh_result_count; ++r)
      for (std::size_t i = 0; i < refresh_trigger_count; ++i)
        refreshes_of(static_cast<refresh_result>(r), static_cast<refresh_trigger>(i));
  }

  pm::Counter& refreshes_of(refresh_result result, refresh_trigger trigger) {
    return refreshes.Add(
        {{"result", text(to_string(result))}, {"trigger", text(to_string(trigger))}});
  }

  pm::Family<pm::Counter>& counter(const char* name, const char* help) {
    return pm::BuildCounter().Name(text("hawkeye_cache_") + name).Help(help).Register(registry);
  }
  pm::Family<pm::Histogram>& histogram(const char* name, const char* help) {
    return pm::BuildHistogram().Name(text("hawkeye_cache_") + name).Help(help).Register(registry);
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
      counter("requests_without_reply_total", "Requests dropped: they named no reply subject.")
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

  // The library's own search by labels costs more than the call that is counted.
  mutable std::mutex calls_mutex;
  std::unordered_map<std::string, call_meters> calls_known;
};

meters::meters() : all_{std::make_unique<counters>()} {}
meters::~meters() = default;

void meters::answered(endpoint to, int status, duration took, std::string_view sentence) {
  auto& x = all_->endpoints[static_cast<std::size_t>(to)];
  for (std::size_t i = 0; i < statuses.size(); ++i)
    if (statuses[i] == status)
      x.by_status[i]->Increment();
  x.latency->Observe(seconds(took));
  const std::lock_guard lock{x.mutex};
  ++x.stats.requests;
  x.stats.processing_ns += took.count();
  if (status < 400)
    return;
  ++x.stats.errors;
  x.stats.last_error = std::to_string(status) + ": " + printable(unquoting(sentence));
}

void meters::over(limit x) {
  all_->over_limit[static_cast<std::size_t>(x)]->Increment();
}

void meters::dropped() {
  all_->unanswerable.Increment();
}

void meters::shed() {
  all_->shed.Increment();
}

void meters::bridge_called(const std::string& subject, const std::string& status, duration took) {
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
  known.last_status = status;
}

std::string meters::last_call(const std::string& subject) const {
  const std::lock_guard lock{all_->calls_mutex};
  const auto found = all_->calls_known.find(subject);
  return found == all_->calls_known.end() ? std::string{} : found->second.last_status;
}

void meters::refresh_ended(refresh_trigger trigger, refresh_result result, duration took) {
  all_->refreshes_of(result, trigger).Increment();
  if (took_effect(result) && trigger != refresh_trigger::device)
    all_->refresh_time.Observe(seconds(took));
}

void meters::parked(std::size_t bytes) {
  all_->payloads.Increment();
  all_->payload_bytes.Increment(static_cast<double>(bytes));
}

void meters::redis_back() {
  all_->redis_recoveries.Increment();
}

std::array<endpoint_stats, endpoint_count> meters::stats() const {
  std::array<endpoint_stats, endpoint_count> result;
  for (std::size_t i = 0; i < endpoint_count; ++i) {
    const std::lock_guard lock{all_->endpoints[i].mutex};
    result[i] = all_->endpoints[i].stats;
  }
  return result;
}

std::string meters::page(const service_status& now) const {
  pm::Registry momentary;
  add_gauges(momentary, now);
  auto families = all_->registry.Collect();
  for (auto& family : momentary.Collect())
    families.push_back(std::move(family));
  return pm::TextSerializer{}.Serialize(families);
}

} // namespace hawkeye
