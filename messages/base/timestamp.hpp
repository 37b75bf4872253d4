// Timestamps in the formats that Hawkeye and the clients write, comparable to the nanosecond.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hawkeye {

using duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

/// A point in UTC: whole seconds since 1970-01-01T00:00:00Z (negative before) plus 0 to 999,999,999
/// nanoseconds.
struct timestamp {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  friend constexpr auto operator<=>(const timestamp&, const timestamp&) = default;
};

/// Reads `2020-07-15`; or date and time separated by `T` or a space, with optional seconds, a
/// fraction of any length (nine digits are used), then `Z`, `UTC`, `±HH:MM`, `±HHMM`, `±HH` or
/// nothing (UTC); or `20200715T152542Z`. README.md has the table. Any other text is rejected;
/// nothing is guessed.
std::optional<timestamp> parse_timestamp(std::string_view text) noexcept;

/// `2020-07-15T15:25:42Z`, with a fraction of 3, 6 or 9 digits if the nanoseconds are not 0.
std::string to_string(timestamp x);

/// True if `parse_timestamp` can read the text that `to_string` writes: the years 0001 to 9999 in
/// UTC. A time zone, or manipulated data in Redis, can move a timestamp outside of them.
constexpr bool can_be_written(timestamp x) noexcept {
  return x.seconds >= -62'135'596'800 && x.seconds < 253'402'300'800;
}

/// Converts a wall clock time.
timestamp to_timestamp(std::chrono::system_clock::time_point x) noexcept;
std::chrono::system_clock::time_point to_time_point(timestamp x) noexcept;

} // namespace hawkeye
