// How fast and how often: the arithmetic of retries, concurrency and broken upstreams. Pure: time
// and chance are arguments.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

#include "messages/base/timestamp.hpp"

namespace hawkeye {

using time_point = std::chrono::steady_clock::time_point;

/// A uniformly distributed number in [0, 1).
using random_source = std::function<double()>;

/// Growing, jittered pauses: the n-th failure in a row waits between half of and all of min(first *
/// 2^(n-1), most).
duration backoff(duration first, duration most, std::size_t failures, const random_source& random);

/// `base` plus a random part of `jitter`: base <= result < base + jitter.
duration with_jitter(duration base, duration jitter, const random_source& random);

/// How many calls may be in flight at an upstream that answers two kinds of question: grows while
/// answers stay as quick as they were at their quickest, shrinks as far as they are slower, and on
/// failures.
///
/// A gradient limiter: after each window of calls, limit = limit * (quickest / average) + room.
/// Where P calls are served at a time, latency grows as limit / P beyond that, so that the limit
/// settles a few calls above P. Model: TCP Vegas (Brakmo, Peterson: "TCP Vegas: End to End
/// Congestion Avoidance on a Global Internet", 1995) and the Gradient limit of Netflix'
/// concurrency-limits.
class concurrency_limit {
public:
  static constexpr std::size_t kinds = 2;

  explicit concurrency_limit(std::size_t most);

  /// One call of that kind was answered. `in_flight` counted it still.
  void succeeded(std::size_t kind, duration latency, std::size_t in_flight, time_point now);
  /// A timeout, or an answer that is a failure.
  void failed(time_point now);

  /// Between 1 and `most`.
  std::size_t value() const noexcept;

  /// The configuration changed while running.
  void most(std::size_t value) noexcept;

private:
  struct latency_sum {
    duration sum{};
    std::size_t calls = 0;
    double average() const noexcept {
      return static_cast<double>(sum.count()) / static_cast<double>(calls);
    }
  };

  void end_window_if_full(time_point now);
  double learn_gradient();
  void measure_anew(time_point now);

  double limit_;
  double most_;
  std::array<double, kinds> quickest_{}; ///< lowest average of a window, ns; 0: none yet
  std::array<latency_sum, kinds> window_;
  std::size_t window_calls_ = 0, window_failures_ = 0, window_peak_ = 0;
  bool slow_start_ = true;
  std::size_t windows_to_skip_ = 0;    ///< calls sent under another limit are still coming in
  std::optional<double> limit_before_; ///< while measuring anew: what to go back to
  time_point measured_{};
};

/// Leaves a broken upstream alone: after a run of failures it opens for growing, jittered pauses,
/// between which single trial calls are let through; the first success closes it.
class circuit_breaker {
public:
  circuit_breaker(std::size_t open_after, duration first_pause, duration longest_pause);

  enum class state { closed, open, half_open };

  /// Whether a call may start now. In half_open state only one call may, until `succeeded` or
  /// `failed` is called for it.
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
