// Arithmetic only. The resolver pool makes the calls and decides their times.
#include "messages/base/pacing.hpp"

#include <algorithm>
#include <utility>

namespace hawkeye {

constexpr double first_limit = 4;
/// Calls kept queued at the upstream, so that it is never idle between two calls.
constexpr double room = 3;
/// Latency counts as queueing only above this multiple of the lowest average, because averages are
/// noisy.
constexpr double tolerance = 1.3;
/// The same while the limit is all that is allowed, as it then cannot grow: what one's own thread
/// switches and batches add to a quick answer does not lower it.
constexpr double tolerance_at_most = 1.7;
/// Minimum calls per window. With fewer calls, a first window that is fast by chance sometimes
/// becomes the reference, and the limit stays at half of the upstream's capacity.
constexpr std::size_t smallest_window = 16;
/// The lowest average is discarded and measured again at this interval, because an upstream can
/// become permanently slower.
constexpr duration measure_interval = 30s;

duration backoff(duration first, duration most, std::size_t failures, const random_source& random) {
  auto pause = first;
  for (std::size_t i = 1; i < failures && pause < most; ++i)
    pause *= 2;
  pause = std::min(pause, most);
  const auto half = static_cast<double>(pause.count()) / 2;
  return duration{static_cast<duration::rep>(half + half * random())};
}

duration with_jitter(duration base, duration jitter, const random_source& random) {
  return base
         + duration{static_cast<duration::rep>(static_cast<double>(jitter.count()) * random())};
}

// -- concurrency_limit ----------------------------------------------------------------------------

concurrency_limit::concurrency_limit(std::size_t most)
    : limit_{std::min(first_limit, static_cast<double>(most))}, most_{static_cast<double>(most)} {}

void concurrency_limit::succeeded(std::size_t kind, duration latency, std::size_t in_flight,
                                  time_point now) {
  window_[kind].sum += latency;
  ++window_[kind].calls;
  ++window_calls_;
  window_peak_ = std::max(window_peak_, in_flight);
  end_window_if_full(now);
}

void concurrency_limit::failed(time_point now) {
  ++window_calls_;
  ++window_failures_;
  end_window_if_full(now);
}

std::size_t concurrency_limit::value() const noexcept {
  return static_cast<std::size_t>(std::clamp(limit_, 1.0, most_));
}

void concurrency_limit::most(std::size_t value) noexcept {
  most_ = static_cast<double>(value);
  limit_ = std::min(limit_, most_);
}

void concurrency_limit::end_window_if_full(time_point now) {
  if (window_calls_ < std::max(smallest_window, value()))
    return;
  const double failed_part =
      static_cast<double>(window_failures_) / static_cast<double>(window_calls_);
  // A window below the limit says nothing about the upstream's capacity.
  const bool used = window_peak_ + 1 >= value() || window_failures_ > 0;
  if (windows_to_skip_ > 0) {
    --windows_to_skip_;
  } else {
    const double gradient = learn_gradient();
    if (limit_before_) {
      limit_ = *std::exchange(limit_before_, std::nullopt);
      windows_to_skip_ = 1;
    } else if (failed_part > 0) {
      slow_start_ = false;
      limit_ = limit_ * gradient * (1 - failed_part / 2) + room * (1 - failed_part);
    } else if (gradient < 0.95 || used) {
      slow_start_ = slow_start_ && gradient > 0.9;
      limit_ = slow_start_ ? limit_ * 4 : limit_ * gradient + room;
    }
  }
  limit_ = std::clamp(limit_, 1.0, most_);
  window_ = {};
  window_calls_ = window_failures_ = window_peak_ = 0;
  measure_anew(now);
}

/// The ratio of the lowest average latency to this window's, weighted over both kinds; 1: as fast
/// as ever.
double concurrency_limit::learn_gradient() {
  double weighted = 0;
  std::size_t calls = 0;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    if (window_[kind].calls == 0)
      continue;
    const auto average = std::max(window_[kind].average(), 1.0);
    auto& quickest = quickest_[kind];
    const bool enough = window_[kind].calls * 3 >= smallest_window;
    if (enough && (quickest == 0 || average < quickest))
      quickest = average;
    const auto unqueued = quickest * (limit_ < most_ ? tolerance : tolerance_at_most);
    const auto gradient = quickest == 0 ? 1.0 : std::min(1.0, unqueued / average);
    weighted += gradient * static_cast<double>(window_[kind].calls);
    calls += window_[kind].calls;
  }
  return calls == 0 ? 1.0 : weighted / static_cast<double>(calls);
}

void concurrency_limit::measure_anew(time_point now) {
  if (measured_ == time_point{})
    measured_ = now;
  if (now - measured_ < measure_interval || slow_start_)
    return;
  measured_ = now;
  limit_before_ = limit_;
  limit_ = std::max(1.0, limit_ / 3);
  quickest_ = {};
  windows_to_skip_ = 2;
}

// -- circuit_breaker ------------------------------------------------------------------------------

circuit_breaker::circuit_breaker(std::size_t open_after, duration first_pause,
                                 duration longest_pause)
    : open_after_{open_after}, first_pause_{first_pause}, longest_pause_{longest_pause} {}

bool circuit_breaker::admits(time_point now) {
  const auto state_now = current(now);
  return state_now == state::closed
         || (state_now == state::half_open && !std::exchange(trial_running_, true));
}

void circuit_breaker::succeeded() {
  failures_ = pauses_ = 0;
  open_ = trial_running_ = false;
}

void circuit_breaker::failed(time_point now, const random_source& random) {
  ++failures_;
  const bool trial_failed = std::exchange(trial_running_, false);
  if (failures_ < open_after_ || (open_ && !trial_failed))
    return;
  open_ = true;
  retry_at_ = now + backoff(first_pause_, longest_pause_, ++pauses_, random);
}

circuit_breaker::state circuit_breaker::current(time_point now) const noexcept {
  if (!open_)
    return state::closed;
  return now < retry_at_ ? state::open : state::half_open;
}

} // namespace hawkeye
