// Moments as Hawkeye and the clients write them, made comparable to the nanosecond.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hawkeye {

/// A point on the UTC time line: whole seconds since 1970-01-01T00:00:00Z (negative before) and 0
/// to 999,999,999 nanoseconds after them.
struct moment {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  friend constexpr auto operator<=>(const moment&, const moment&) = default;
};

/// Reads `2020-07-15`, or date and time with `T` or a space, seconds optional, a fraction of 1 to 9
/// digits, then `Z`, `±HH:MM`, `±HHMM`, `±HH` or nothing (UTC). Years 0001 to 9999. Anything else
/// is no moment: nothing is guessed.
std::optional<moment> parse_moment(std::string_view text) noexcept;

/// `2020-07-15T15:25:42Z`, with a fraction of 3, 6 or 9 digits where there is one.
std::string to_string(moment x);

/// Whether `to_string` writes it so that `parse_moment` reads it: in UTC it lies in the years 0001
/// to 9999. A zone, or a lie in Redis, can take a moment out of them.
constexpr bool can_be_written(moment x) noexcept {
  return x.seconds >= -62'135'596'800 && x.seconds < 253'402'300'800;
}

/// The wall clock's reading as a moment.
moment to_moment(std::chrono::system_clock::time_point x) noexcept;
std::chrono::system_clock::time_point to_time_point(moment x) noexcept;

} // namespace hawkeye
