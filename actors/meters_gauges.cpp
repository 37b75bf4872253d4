#include "actors/meters_gauges.hpp"

#include <algorithm>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

namespace hawkeye {

namespace {

namespace pm = prometheus;

class gauges {
public:
  explicit gauges(pm::Registry& to) : to_{to} {}

  pm::Family<pm::Gauge>& family(const char* name, const char* help) {
    return pm::BuildGauge().Name(std::string{"hawkeye_cache_"} + name).Help(help).Register(to_);
  }
  pm::Counter& counter(const char* name, const char* help) {
    return pm::BuildCounter()
        .Name(std::string{"hawkeye_cache_"} + name)
        .Help(help)
        .Register(to_)
        .Add({});
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
         meta.carried.size());
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
  to.add("refresh_interval_seconds", "refresh.interval.",
         std::chrono::duration<double>(now.interval).count());
  if (now.refresh.next)
    to.add("refresh_next_timestamp_seconds", "When this instance looks to refresh next.",
           now.refresh.next->seconds);
}

void add_servers(gauges& to, const service_status& now) {
  // The connection counts for itself.
  to.counter("nats_reconnects_total", "Times that NATS was lost and found again.")
      .Increment(static_cast<double>(now.nats_reconnects));
  to.add("nats_connected", "1 while connected to NATS.", now.nats_trouble.empty());
  to.add("redis_in_use", "1 while Redis is in use.", now.redis_trouble.empty());
  to.add("payload_redis_in_use", "1 while the Redis for payloads is in use.",
         now.payload_trouble.empty());
  to.add("lease_held", "1 on the instance that refreshes.", now.lease == "ours");
  to.add("bridge_calls_in_flight", "Calls to Bruin under way.", now.resolver.in_flight);
  to.add("bridge_calls_limit", "Calls to Bruin that may be under way.", now.resolver.limit);
  auto& paused =
      to.family("bridge_paused", "1 while calls with this question are paused, but for trials.");
  paused.Add({{"question", "client_info"}}).Set(now.resolver.client_info_paused ? 1 : 0);
  paused.Add({{"question", "management_status"}})
      .Set(now.resolver.management_status_paused ? 1 : 0);
}

} // namespace

void add_gauges(prometheus::Registry& registry, const service_status& now) {
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

} // namespace hawkeye
