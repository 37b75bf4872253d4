// Timestamps as Hawkeye and the clients write them, made comparable to the nanosecond.
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

/// A point on the UTC time line: whole seconds since 1970-01-01T00:00:00Z (negative before) and 0
/// to 999,999,999 nanoseconds after them.
struct timestamp {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  friend constexpr auto operator<=>(const timestamp&, const timestamp&) = default;
};

/// Reads `2020-07-15`; or date and time with `T` or a space, seconds optional, a fraction of any
/// length (nine digits count), then `Z`, `UTC`, `±HH:MM`, `±HHMM`, `±HH` or nothing (UTC); or
/// `20200715T152542Z`. README.md has the table. Anything else is no timestamp: nothing is guessed.
std::optional<timestamp> parse_timestamp(std::string_view text) noexcept;

/// `2020-07-15T15:25:42Z`, with a fraction of 3, 6 or 9 digits where there is one.
std::string to_string(timestamp x);

/// Whether `to_string` writes it so that `parse_timestamp` reads it: in UTC it lies in the years
/// 0001 to 9999. A zone, or a lie in Redis, can take a timestamp out of them.
constexpr bool can_be_written(timestamp x) noexcept {
  return x.seconds >= -62'135'596'800 && x.seconds < 253'402'300'800;
}

/// The wall clock's reading as a timestamp.
timestamp to_timestamp(std::chrono::system_clock::time_point x) noexcept;
std::chrono::system_clock::time_point to_time_point(timestamp x) noexcept;

} // namespace hawkeye
