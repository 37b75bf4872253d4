// Counts what happens, for `/metrics` (prometheus-cpp) and for `$SRV.STATS`. What can be asked for
// at the time (ages, states) is not counted here but read from a service_status when scraped.
// Threading: every member may be called from any thread; counting costs some ten nanoseconds.
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

  /// A request was answered with `status`; `sentence`: what the answer says. Of an error's the
  /// statistics keep what it does not quote of the request.
  void answered(endpoint to, int status, duration took, std::string_view sentence = {});
  /// Something from outside went over a limit (messages/limits.hpp).
  void over(limit x);
  /// A request was refused at once, because too many waited; it is answered, too.
  void shed();
  /// A request that nobody waited for.
  void dropped();
  /// A call to a bridge ended: `2xx`, `timed_out`, ...
  void bridge_called(const std::string& subject, const std::string& status, duration took);
  /// How the last call with this subject ended.
  call_result last_call(const std::string& subject) const;
  void refresh_ended(refresh_trigger trigger, refresh_result result, duration took);
  /// A reply too large for NATS was stored in Redis.
  void parked(std::size_t bytes);
  /// Redis was away, and answers again.
  void redis_back();

  std::array<endpoint_stats, endpoint_count> stats() const;

  /// The page: all counters, and gauges as `now` says.
  std::string page(const service_status& now) const;

private:
  struct counters;
  std::unique_ptr<counters> all_;
};

} // namespace hawkeye
