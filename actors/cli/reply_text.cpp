#include "actors/cli/reply_text.hpp"

#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "messages/base/json.hpp"
#include "messages/base/json_value.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye {

using json = nlohmann::ordered_json;

const json& field(const json& x, std::initializer_list<const char*> names) {
  static const json none;
  const auto* result = &x;
  for (const auto* name : names) {
    const auto found = result->is_object() ? result->find(name) : result->end();
    if (found == result->end())
      return none;
    result = &*found;
  }
  return *result;
}

std::string shown(const json& x) {
  constexpr std::size_t longest = 400;
  return printable(x.is_string() ? x.get<std::string>() : one_line_json(x), longest);
}

double number(const json& x, std::initializer_list<const char*> names) {
  const auto& found = field(x, names);
  return found.is_number() ? found.get<double>() : 0;
}

std::string duration_text(double seconds) {
  constexpr double minute = 60, hour = 60 * minute, day = 24 * hour;
  const auto in = [seconds](double unit, const char* name) {
    return fmt::format("{:.0f} {}", std::round(seconds / unit), name);
  };
  return seconds < 2 * minute ? in(1, "s")
         : seconds < 2 * hour ? in(minute, "min")
         : seconds < 2 * day  ? in(hour, "h")
                              : in(day, "days");
}

std::optional<std::string> utc_text(std::string_view text) {
  auto read = parse_timestamp(text);
  if (!read || !can_be_written(*read))
    return {};
  read->nanoseconds = 0;
  return to_string(*read);
}

std::string age_text(std::string_view text) {
  const auto read = parse_timestamp(text);
  if (!read)
    return "";
  const auto now = to_timestamp(std::chrono::system_clock::now());
  const auto age = static_cast<double>(now.seconds) - static_cast<double>(read->seconds);
  return age < 0 ? "in " + duration_text(-age) : duration_text(age) + " ago";
}

std::string time_text(const json& x) {
  const auto text = x.is_string() ? x.get<std::string>() : "";
  const auto utc = utc_text(text);
  return utc ? fmt::format("{} ({})", *utc, age_text(text)) : shown(x);
}

} // namespace hawkeye
