// Keeps the reports of the last refreshes and the explanations of all devices. Both are stored in
// Redis, so that every instance has them. While Redis is not reachable they are kept in memory.
// Threading: cooperative; a redis_worker waits for Redis.
#pragma once

#include <deque>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/process/failure_log.hpp"

namespace hawkeye {

struct refresh_history_state {
  using pointer = refresh_history_actor::stateful_pointer<refresh_history_state>;
  static inline const char* name = "refresh_history";

  explicit refresh_history_state(pointer self) : self{self} {}

  bool redis_failed_recently() const;
  void failed(const caf::error& why);
  caf::result<device_explanations_ptr> newest_explanations();
  caf::result<payload_list> history();
  void take(const refresh_record& x);
  void write();
  void written();
  void not_written(const caf::error& why);

  pointer self;
  redis_worker_actor worker;
  caf::timespan timeout_limit{};
  std::chrono::steady_clock::time_point redis_retry_at{}; ///< Redis is not asked before this time
  device_explanations_ptr explanations; ///< of the newest known refresh; null: there are none
  std::deque<std::string> reports;      ///< of this instance, newest first
  std::deque<std::string> unwritten;    ///< the reports that Redis does not have yet, oldest first
  bool busy = false;                    ///< a write is with the worker
  bool timer_set = false;               ///< the next write waits for a tick
  std::size_t failed_writes = 0;        ///< in a row
  failure_log unwritten_log{"what a refresh changed could not be written to Redis"};
};

/// `timeout`: the longest time of one call of the worker's backend.
refresh_history_actor::behavior_type refresh_history(refresh_history_state::pointer self,
                                                     redis_worker_actor worker,
                                                     caf::timespan timeout);

} // namespace hawkeye
