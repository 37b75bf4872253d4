#include "messages/base/json_value.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hawkeye {

std::string where_invalid(std::string_view text) {
  constexpr std::size_t before = 60, shown = 100;
  const auto keep_nothing = [](int, nlohmann::json::parse_event_t, const nlohmann::json&) {
    return false;
  };
  try {
    [[maybe_unused]] const auto nothing =
        nlohmann::json::parse(text.begin(), text.end(), keep_nothing);
  } catch (const nlohmann::json::parse_error& why) {
    if (why.byte > 2 * before)
      return fmt::format("invalid at byte {}, within {}", why.byte,
                         printable(text.substr(why.byte - before, shown)));
  } catch (const nlohmann::json::exception&) { // a number that does not fit a double is valid
  }
  return printable(text);
}

} // namespace hawkeye
