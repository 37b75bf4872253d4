// The clock that orders what the bridges say: of two answers about one device the one to the later
// question stands. It runs with the steady clock and never lies behind a question that was seen, so
// a wall clock that is set changes nothing, and who has seen an answer asks later than that.
#pragma once

#include <algorithm>
#include <cstdint>

#include "messages/base/pacing.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye {

/// When a question was asked: microseconds since 1970 on the question clock; 0: never.
using asked_at = std::int64_t;

/// No question was asked later than this (2200-01-01T00:00:00Z): a stamp beyond is a mistake.
inline constexpr asked_at last_asked = 7'258'118'400'000'000;

/// The question that a wall clock's reading stands for; 1, before all others, where it cannot be
/// one.
constexpr asked_at to_asked(timestamp x) noexcept {
  if (x.seconds < 0 || x.seconds >= last_asked / 1'000'000)
    return 1;
  return std::max<asked_at>(1, x.seconds * 1'000'000 + x.nanoseconds / 1000);
}

/// For people: about the wall clock's time.
constexpr timestamp to_timestamp(asked_at x) noexcept {
  return {x / 1'000'000, static_cast<std::int32_t>(x % 1'000'000 * 1000)};
}

constexpr asked_at to_asked(duration x) noexcept {
  return x.count() / 1000;
}

/// Counts in whole milliseconds, so that the answers of a refresh are stored in few bytes.
class question_clock {
public:
  question_clock(timestamp wall, time_point steady) noexcept
      : base_{whole(to_asked(wall)) - since_epoch(steady)}, comparable_from_{now(steady)} {}

  asked_at now(time_point steady) const noexcept {
    return whole(base_ + since_epoch(steady));
  }

  /// A question of `seen` was heard of: those asked from now on are later.
  void raise_above(asked_at seen, time_point steady) noexcept {
    const auto before = now(steady);
    if (seen < before || seen > last_asked)
      return;
    base_ += whole(seen) + step - before;
    if (seen - before > slack)
      comparable_from_ = now(steady);
  }

  /// What another process counted came in at that time: its clock may differ from this one.
  void compare_from(time_point steady) noexcept {
    comparable_from_ = std::max(comparable_from_, now(steady));
  }

  /// The distance between two questions is a duration only from here on: before, another process
  /// counted, or the clock was set forward.
  asked_at comparable_from() const noexcept {
    return comparable_from_;
  }

private:
  static constexpr asked_at step = 1000, slack = 1'000'000;

  static constexpr asked_at whole(asked_at x) noexcept {
    return x - x % step;
  }
  static asked_at since_epoch(time_point steady) noexcept {
    return std::chrono::duration_cast<std::chrono::microseconds>(steady.time_since_epoch()).count();
  }

  asked_at base_;
  asked_at comparable_from_;
};

} // namespace hawkeye
