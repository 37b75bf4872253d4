#include "messages/base/timestamp.hpp"

#include <algorithm>

#include <fmt/compile.h>

#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

/// Reads a text from left to right. Each function returns whether it found the expected characters.
class cursor {
public:
  explicit cursor(std::string_view text) : text_{text} {}

  bool at_end() const noexcept {
    return pos_ == text_.size();
  }

  bool take(char c) noexcept {
    if (at_end() || text_[pos_] != c)
      return false;
    ++pos_;
    return true;
  }

  /// Exactly `count` digits.
  std::optional<int> number(int count) noexcept {
    int value = 0;
    for (int i = 0; i < count; ++i, ++pos_) {
      if (!digit())
        return {};
      value = value * 10 + (text_[pos_] - '0');
    }
    return value;
  }

  bool take_any(std::string_view chars) noexcept {
    return std::any_of(chars.begin(), chars.end(), [this](char c) { return take(c); });
  }

  bool take(std::string_view word) noexcept {
    if (!text_.substr(pos_).starts_with(word))
      return false;
    pos_ += word.size();
    return true;
  }

  /// The digits of a fraction as nanoseconds; digits after the ninth are ignored.
  std::optional<std::int32_t> fraction() noexcept {
    std::int32_t value = 0;
    int count = 0;
    for (; digit(); ++pos_)
      if (count < 9) {
        value = value * 10 + (text_[pos_] - '0');
        ++count;
      }
    if (count == 0)
      return {};
    for (; count < 9; ++count)
      value *= 10;
    return value;
  }

private:
  bool digit() const noexcept {
    return !at_end() && text_[pos_] >= '0' && text_[pos_] <= '9';
  }

  std::string_view text_;
  std::size_t pos_ = 0;
};

/// `YYYY-MM-DD`, or `YYYYMMDD`, which sets `basic`: seconds from 1970 to the start of that day.
std::optional<std::int64_t> read_date(cursor& in, bool& basic) noexcept {
  const auto year = in.number(4);
  if (!year || *year == 0)
    return {};
  basic = !in.take('-');
  const auto month = in.number(2);
  if (!month || (!basic && !in.take('-')))
    return {};
  const auto day = in.number(2);
  if (!day)
    return {};
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok())
    return {};
  return std::int64_t{std::chrono::sys_days{date}.time_since_epoch().count()} * 86'400;
}

/// Adds HH:MM, an optional :SS and an optional fraction to `out`. If `basic`, there are no colons
/// and seconds are required.
bool read_time(cursor& in, bool basic, timestamp& out) noexcept {
  const auto hour = in.number(2);
  if (!hour || *hour > 23 || (!basic && !in.take(':')))
    return false;
  const auto minute = in.number(2);
  if (!minute || *minute > 59)
    return false;
  out.seconds += *hour * 3600 + *minute * 60;
  if (!basic && !in.take(':'))
    return true;
  const auto second = in.number(2);
  if (!second || *second > 59)
    return false;
  out.seconds += *second;
  if (!in.take_any(".,"))
    return true;
  const auto fraction = in.fraction();
  out.nanoseconds = fraction.value_or(0);
  return fraction.has_value();
}

/// `Z`, `UTC`, `±HH:MM`, `±HHMM` or `±HH`, each optionally after one space, or nothing: seconds
/// east of UTC.
std::optional<int> read_zone(cursor& in) noexcept {
  if (in.at_end())
    return 0;
  in.take(' ');
  if (in.take_any("Zz") || in.take("UTC"))
    return 0;
  const bool west = in.take('-');
  if (!west && !in.take('+'))
    return {};
  const auto hours = in.number(2);
  if (!hours || *hours > 23)
    return {};
  int minutes = 0;
  const bool colon = in.take(':');
  if (colon || !in.at_end()) {
    const auto read = in.number(2);
    if (!read || *read > 59)
      return {};
    minutes = *read;
  }
  const int east = *hours * 3600 + minutes * 60;
  return west ? -east : east;
}

} // namespace

std::optional<timestamp> parse_timestamp(std::string_view text) noexcept {
  cursor in{trimmed(text)};
  bool basic = false;
  const auto date = read_date(in, basic);
  if (!date)
    return {};
  timestamp result{*date, 0};
  if (in.at_end() && !basic) // 20200715 alone could also be a number of seconds
    return result;
  if (!in.take_any(basic ? "Tt" : "Tt "))
    return {};
  if (!read_time(in, basic, result))
    return {};
  const auto zone = read_zone(in);
  if (!zone || !in.at_end())
    return {};
  result.seconds -= *zone;
  return result;
}

std::string to_string(timestamp x) {
  using namespace std::chrono;
  const auto days = floor<std::chrono::days>(sys_seconds{seconds{x.seconds}});
  const year_month_day date{days};
  const hh_mm_ss time{sys_seconds{seconds{x.seconds}} - days};
  auto result =
      fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}"), static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  time.hours().count(), time.minutes().count(), time.seconds().count());
  if (x.nanoseconds != 0)
    result += fmt::format(FMT_COMPILE(".{:09}"), x.nanoseconds);
  while (x.nanoseconds != 0 && result.ends_with("000"))
    result.resize(result.size() - 3);
  return result += 'Z';
}

timestamp to_timestamp(std::chrono::system_clock::time_point x) noexcept {
  const auto whole = std::chrono::floor<std::chrono::seconds>(x);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(x - whole);
  return {whole.time_since_epoch().count(), static_cast<std::int32_t>(rest.count())};
}

std::chrono::system_clock::time_point to_time_point(timestamp x) noexcept {
  using namespace std::chrono;
  // Times outside the range of the clock (years 1678 to 2261) are clamped to it.
  constexpr std::int64_t most = 9'200'000'000;
  const auto whole = std::min(std::max(x.seconds, -most), most);
  return system_clock::time_point{} + seconds{whole} + nanoseconds{x.nanoseconds};
}

} // namespace hawkeye
