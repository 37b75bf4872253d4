#include "actors/cli/reply_text.hpp"

#include "messages/base/json.hpp"
#include "messages/base/one_line_json.hpp"

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

} // namespace hawkeye
