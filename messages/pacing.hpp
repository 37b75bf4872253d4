// How fast and how often: the arithmetic of retries, concurrency and broken upstreams. Pure: time
// and chance are arguments.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "messages/settings.hpp"

namespace hawkeye {

using time_point = std::chrono::steady_clock::time_point;

/// A uniformly distributed number in [0, 1).
using random_source = std::function<double()>;

/// Growing, jittered pauses: the n-th failure in a row waits between half of and all of min(first *
/// 2^(n-1), most).
duration backoff(duration first, duration most, std::size_t failures, const random_source& random);

/// `base` plus a random part of `jitter`: base <= result < base + jitter.
duration with_jitter(duration base, duration jitter, const random_source& random);

/// How many calls may be in flight: grows while answers stay as quick as they were at their
/// quickest, shrinks on failures and growing latency. Names its model and source in the .cpp.
class concurrency_limit {
public:
  explicit concurrency_limit(std::size_t most);

  /// One call ended. `in_flight` counted it still.
  void succeeded(duration latency, std::size_t in_flight, time_point now);
  /// A timeout or error of the upstream.
  void failed(time_point now);

  /// Between 1 and `most`.
  std::size_t value() const noexcept;

  /// The configuration changed while running.
  void most(std::size_t value) noexcept;

private:
  double limit_;
  std::size_t most_;
  duration quickest_{}; ///< lowest latency of the current epoch; 0: none yet
  duration sampled_{};  ///< sum of latencies of the current window
  std::size_t samples_ = 0;
  std::size_t peak_in_flight_ = 0;
  time_point last_decrease_{};
  time_point epoch_{};
};

/// Leaves a broken upstream alone: after a run of failures it opens for growing, jittered pauses,
/// between which single trial calls are let through; the first success closes it.
class circuit_breaker {
public:
  circuit_breaker(std::size_t open_after, duration first_pause, duration longest_pause);

  enum class state { closed, open, half_open };

  /// Whether a call may start now. In half_open state `true` is given for one call until its end is
  /// told.
  bool admits(time_point now);
  void succeeded();
  void failed(time_point now, const random_source& random);

  state current(time_point now) const noexcept;
  /// When the next trial call may start; meaningful while open.
  time_point retry_at() const noexcept {
    return retry_at_;
  }

private:
  std::size_t open_after_;
  duration first_pause_, longest_pause_;
  std::size_t failures_ = 0; ///< in a row
  std::size_t pauses_ = 0;   ///< in a row
  bool open_ = false;
  bool trial_running_ = false;
  time_point retry_at_{};
};

} // namespace hawkeye
