// When a server was killed or stopped, so that what was lost meanwhile is not blamed on others.
// Threading: whoever disturbs tells, any thread may ask.
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
  void end() {
    if (away_) {
      last_ = clock::now();
      away_ = false;
    }
  }
  /// Whether there was any from `since` until now, or so shortly before that some had not found
  /// back yet.
  bool any(clock::time_point since) const {
    return away_ || last_.load() + back_again > since;
  }

private:
  /// A client or a service that lost its connection makes it anew within this.
  static constexpr std::chrono::seconds back_again{5};

  std::atomic<bool> away_{false};
  std::atomic<clock::time_point> last_{clock::time_point{}};
};

} // namespace hawkeye::chaos
