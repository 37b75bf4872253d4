// When a server was killed or stopped, so that what was lost meanwhile is not blamed on others.
// Threading: one thread begins and ends outages, any thread may extend them and ask.
#pragma once

#include <atomic>
#include <chrono>

namespace hawkeye::chaos {

class outages {
public:
  using clock = std::chrono::steady_clock;

  void begin() {
    away_ = true;
  }
  /// Its consequences last for `after`: a client or a service makes a lost connection anew within
  /// five seconds.
  void end(std::chrono::milliseconds after = std::chrono::seconds{5}) {
    if (!away_)
      return;
    extend(after);
    away_ = false;
  }
  /// There was one until now.
  void extend(std::chrono::milliseconds after = std::chrono::seconds{5}) {
    const clock::time_point until = clock::now() + after;
    for (auto was = until_.load(); was < until && !until_.compare_exchange_weak(was, until);)
      ;
  }
  /// Whether there was any from `since` until now.
  bool any(clock::time_point since) const {
    return away_ || until_.load() > since;
  }

private:
  std::atomic<bool> away_{false};
  std::atomic<clock::time_point> until_{clock::time_point{}};
};

} // namespace hawkeye::chaos
