// Whether the machine let a thread wait that only sleeps: then it may not have run the servers
// either, and what they did not answer in that time says nothing about them. Threading: a thread of
// its own.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/chaos/outages.hpp"

namespace hawkeye::soak {

class starvation {
public:
  explicit starvation(chaos::outages& counts_as)
      : thread_{[this, &counts_as] {
          watch(counts_as);
        }} {}
  starvation(const starvation&) = delete;
  starvation& operator=(const starvation&) = delete;
  ~starvation() {
    stopping_ = true;
    thread_.join();
  }

  /// All such waits together, with what counts as their consequences.
  std::chrono::duration<double> time() const {
    return clock::duration{waited_.load()};
  }

private:
  using clock = std::chrono::steady_clock;
  static constexpr auto step = std::chrono::milliseconds{50};
  static constexpr auto usual_delay = std::chrono::milliseconds{300};
  static constexpr auto consequences = std::chrono::milliseconds{500};

  void watch(chaos::outages& counts_as) {
    while (!stopping_) {
      const auto begin = clock::now();
      std::this_thread::sleep_for(step);
      const auto late = clock::now() - begin - step;
      if (late <= usual_delay)
        continue;
      counts_as.extend(consequences);
      waited_ += (late + consequences).count();
    }
  }

  std::atomic<bool> stopping_{false};
  std::atomic<clock::rep> waited_{0};
  std::thread thread_;
};

} // namespace hawkeye::soak
