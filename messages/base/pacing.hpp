// The arithmetic of retries, concurrency limits and circuit breakers. Pure: the time and the random
// source are arguments.
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

/// Exponential backoff with jitter: after the n-th failure in a row the pause is between half and
/// all of min(first * 2^(n-1), most).
duration backoff(duration first, duration most, std::size_t failures, const random_source& random);

/// `base` plus a random part of `jitter`: base <= result < base + jitter.
duration with_jitter(duration base, duration jitter, const random_source& random);

/// The number of calls that may be in flight at an upstream with two kinds of calls. It grows while
/// the latency stays at its lowest average, and shrinks in proportion to higher latency and on
/// failures.
///
/// A gradient limiter: after each window of calls, limit = limit * (quickest / average) + room. If
/// the upstream serves P calls in parallel, latency grows as limit / P above P, so the limit
/// settles a few calls above P, or at the maximum if that is not much more. Model: TCP Vegas
/// (Brakmo, Peterson: "TCP Vegas: End to End Congestion Avoidance on a Global Internet", 1995) and
/// the Gradient limit of Netflix' concurrency-limits.
class concurrency_limit {
public:
  static constexpr std::size_t kinds = 2;

  explicit concurrency_limit(std::size_t most);

  /// A call of that kind succeeded. `in_flight` includes this call.
  void succeeded(std::size_t kind, duration latency, std::size_t in_flight, time_point now);
  /// A call timed out or its answer was a failure.
  void failed(time_point now);

  /// Between 1 and `most`.
  std::size_t value() const noexcept;

  /// Sets a new maximum after a configuration reload.
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
  /// Answers to calls sent under another limit are still arriving.
  std::size_t windows_to_skip_ = 0;
  std::optional<double> limit_before_; ///< set while measuring again: the limit to restore
  time_point measured_{};
};

/// Circuit breaker: opens after `open_after` failures in a row for growing pauses with jitter.
/// After each pause it lets one trial call through; the first success closes it.
class circuit_breaker {
public:
  circuit_breaker(std::size_t open_after, duration first_pause, duration longest_pause);

  enum class state { closed, open, half_open };

  /// True if a call may start now. In the half_open state only one call may, until `succeeded` or
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
