// The clock that orders the answers of the bridges: of two answers about one device, the answer to
// the later question wins. It advances with the steady clock, so setting the wall clock has no
// effect. It is never behind a question that was seen, so an instance that has seen an answer
// always asks later.
#pragma once

#include <algorithm>
#include <cstdint>

#include "messages/base/pacing.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye {

/// When a question was asked: microseconds since 1970 on the question clock; 0: never.
using asked_at = std::int64_t;

/// The latest valid question time (2200-01-01T00:00:00Z). A later timestamp is an error.
inline constexpr asked_at last_asked = 7'258'118'400'000'000;

/// Converts a wall clock timestamp; 1, which is before all real questions, if it is out of range.
constexpr asked_at to_asked(timestamp x) noexcept {
  if (x.seconds < 0 || x.seconds >= last_asked / 1'000'000)
    return 1;
  return std::max<asked_at>(1, x.seconds * 1'000'000 + x.nanoseconds / 1000);
}

/// For display: approximately the wall clock time.
constexpr timestamp to_timestamp(asked_at x) noexcept {
  return {x / 1'000'000, static_cast<std::int32_t>(x % 1'000'000 * 1000)};
}

constexpr asked_at to_asked(duration x) noexcept {
  return x.count() / 1000;
}

/// Counts whole milliseconds, so that the answers of a refresh are stored in few bytes.
class question_clock {
public:
  question_clock(timestamp wall, time_point steady) noexcept
      : base_{whole(to_asked(wall)) - since_epoch(steady)}, comparable_from_{now(steady)} {}

  asked_at now(time_point steady) const noexcept {
    return whole(base_ + since_epoch(steady));
  }

  /// A question asked at `seen` is known, for example from another instance: moves the clock so
  /// that all further questions are later.
  void raise_above(asked_at seen, time_point steady) noexcept {
    const auto before = now(steady);
    if (seen < before || seen > last_asked)
      return;
    base_ += whole(seen) + step - before;
    if (seen - before > slack)
      comparable_from_ = now(steady);
  }

  /// Data with question times of another process arrived at `steady`. That clock may differ from
  /// this one.
  void compare_from(time_point steady) noexcept {
    comparable_from_ = std::max(comparable_from_, now(steady));
  }

  /// Differences between question times are durations only from this time on. Earlier times may
  /// come from another process's clock, or from before this clock was moved forward.
  asked_at comparable_from() const noexcept {
    return comparable_from_;
  }

private:
  static constexpr asked_at step = 1000, slack = 1'000'000;

  static constexpr asked_at whole(asked_at x) noexcept {
    return x - x % step;
  }
  static asked_at since_epoch(time_point steady) noexcept {
    return to_asked(steady.time_since_epoch());
  }

  asked_at base_;
  asked_at comparable_from_;
};

} // namespace hawkeye
