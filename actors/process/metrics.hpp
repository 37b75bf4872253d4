// Counts events, for `/metrics` (prometheus-cpp) and `$SRV.STATS`. Values that can be read at any
// time (ages, states) are not counted here but taken from a service_status at each scrape.
// Threading: every member may be called from any thread; counting takes some ten nanoseconds.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "messages/admin/service_status.hpp"
#include "messages/base/limits.hpp"
#include "messages/rpc/service_discovery.hpp"

namespace hawkeye {

class metrics_registry {
public:
  metrics_registry();
  ~metrics_registry();
  metrics_registry(const metrics_registry&) = delete;
  metrics_registry& operator=(const metrics_registry&) = delete;

  /// A request was answered with `status` and `sentence`. The statistics keep an error's sentence
  /// without the parts that quote the request.
  void answered(endpoint to, int status, duration took, std::string_view sentence = {});
  /// Input exceeded a limit (messages/base/limits.hpp).
  void over(limit x);
  /// A request was refused at once because too many were waiting; it also counts as answered.
  void shed();
  /// A request got no reply: it has no reply subject, or NATS did not take the reply.
  void dropped();
  /// A call to a bridge ended with this status: `2xx`, `timed_out`, ...
  void bridge_called(const std::string& subject, const std::string& status, duration took);
  /// The result of the last call with this subject.
  call_result last_call(const std::string& subject) const;
  void refresh_ended(refresh_trigger trigger, refresh_result result, bool of_all_devices,
                     duration took);
  /// A reply too large for NATS was stored in Redis.
  void offloaded(std::size_t bytes);
  /// Redis was not reachable and answers again.
  void redis_back();

  std::array<endpoint_stats, endpoint_count> stats() const;

  /// The text of /metrics: all counters, and gauges with the values of `now`.
  std::string page(const service_status& now) const;

private:
  struct counters;
  std::unique_ptr<counters> all_;
};

} // namespace hawkeye
