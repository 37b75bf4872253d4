// Timestamps. The naive second opinion knows the shapes that are allowed and counts the days one by
// one.
#include <array>
#include <string>

#include "messages/base/timestamp.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

/// Takes `shape` off the front, `d` standing for a digit.
bool take(std::string_view& text, std::string_view shape) {
  if (text.size() < shape.size())
    return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
      return false;
  text.remove_prefix(shape.size());
  return true;
}

/// Takes so many characters of `text` over to `out`.
void copy(std::string_view& text, std::size_t count, std::string& out) {
  out += text.substr(0, count);
  text.remove_prefix(std::min(count, text.size()));
}

/// The same written in the one form that `has_shape` knows, where another form is allowed.
std::string normal_form(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  while (!text.empty() && space.find(text.front()) != text.npos)
    text.remove_prefix(1);
  while (!text.empty() && space.find(text.back()) != text.npos)
    text.remove_suffix(1);
  std::string result;
  auto rest = text;
  if (take(rest, "ddddddddTdddddd") || take(rest = text, "ddddddddtdddddd")) {
    for (const auto& [count, after] :
         {std::pair{4, "-"}, {2, "-"}, {2, "T"}, {-1, ""}, {2, ":"}, {2, ":"}, {2, ""}}) {
      if (count > 0)
        copy(text, static_cast<std::size_t>(count), result);
      else
        text.remove_prefix(1);
      result += after;
    }
  } else {
    copy(text, 10, result);
    if (text.starts_with('t')) {
      result += 'T';
      text.remove_prefix(1);
    }
    rest = text;
    copy(text,
         take(rest, "Tdd:dd:dd") || take(rest = text, " dd:dd:dd") ? 9
         : result.ends_with('T') && take(rest = text, "dd:dd:dd")  ? 8
         : result.ends_with('T')                                   ? 5
                                                                   : 6,
         result);
  }
  if (text.starts_with(',') || text.starts_with('.')) {
    const auto has_seconds = result.size() == 19;
    const auto end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    result += has_seconds ? "." : ",";
    result += text.substr(1, std::min<std::size_t>(end - 1, 9));
    text.remove_prefix(end);
  }
  constexpr std::string_view begin_zone = "Zz+-U"; // one space may stand before a zone, only there
  if (result.size() > 10 && text.size() > 1 && text.starts_with(' ')
      && begin_zone.find(text[1]) != text.npos)
    text.remove_prefix(1);
  if (result.size() > 10 && (text == "z" || text == "UTC"))
    text = "Z";
  return result += text;
}

bool has_shape(std::string_view text) {
  if (!take(text, "dddd-dd-dd"))
    return false;
  if (text.empty())
    return true;
  if (!take(text, "Tdd:dd") && !take(text, " dd:dd"))
    return false;
  if (take(text, ":dd") && take(text, ".")) {
    std::size_t digits = 0;
    while (take(text, "d"))
      ++digits;
    if (digits < 1 || digits > 9)
      return false;
  }
  if (text.empty() || text == "Z")
    return true;
  if (!take(text, "+dd") && !take(text, "-dd"))
    return false;
  return text.empty() || take(text, ":dd") || take(text, "dd") ? text.empty() : false;
}

int number(std::string_view text, std::size_t at, std::size_t digits) {
  int result = 0;
  for (const char c : text.substr(at, digits))
    result = result * 10 + (c - '0');
  return result;
}

bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_of(int year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/// The days from 1970-01-01 to each year's first one, counted once.
std::int64_t days_before(int year) {
  static const auto known = [] {
    std::array<std::int64_t, 10'000> result{};
    result[1] = -719'162;
    for (int y = 1; y + 1 < 10'000; ++y)
      result[y + 1] = result[y] + (is_leap(y) ? 366 : 365);
    return result;
  }();
  return known.at(static_cast<std::size_t>(year));
}

/// The moment of a text that has the shape; nothing where a number is out of range.
std::optional<timestamp> time_counted_slowly(std::string_view text) {
  const int year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of(year, month))
    return {};
  auto days = days_before(year);
  for (int m = 1; m < month; ++m)
    days += days_of(year, m);
  timestamp result{(days + day - 1) * 86'400, 0};
  if (text.size() == 10)
    return result;
  const int hour = number(text, 11, 2), minute = number(text, 14, 2);
  text.remove_prefix(16);
  const int second = text.starts_with(':') ? number(text, 1, 2) : 0;
  if (hour > 23 || minute > 59 || second > 59)
    return {};
  text.remove_prefix(text.starts_with(':') ? 3 : 0);
  if (text.starts_with('.')) {
    const auto end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    auto fraction = std::string{text.substr(1, end - 1)};
    fraction.resize(9, '0');
    result.nanoseconds = number(fraction, 0, 9);
    text.remove_prefix(end);
  }
  int east = 0;
  if (text.size() > 1) {
    const int hours = number(text, 1, 2),
              minutes = text.size() > 3 ? number(text, text.size() - 2, 2) : 0;
    if (hours > 23 || minutes > 59)
      return {};
    east = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
  }
  result.seconds += hour * 3600 + minute * 60 + second - east;
  return result;
}

} // namespace

void timestamp_text(std::string_view bytes) {
  const auto read = parse_timestamp(bytes);
  const auto normal = normal_form(bytes);
  const auto naive = has_shape(normal) ? time_counted_slowly(normal) : std::nullopt;
  demand(read == naive, "a moment is what the naive reading says");
  if (!read)
    return;
  if (!can_be_written(*read))
    return; // a zone took it out of the years that can be written
  const auto written = to_string(*read);
  demand(parse_timestamp(written) == read, "a moment reprinted means the same");
  demand(to_string(*parse_timestamp(written)) == written, "a moment is written in one way");
}

} // namespace hawkeye::fuzz
