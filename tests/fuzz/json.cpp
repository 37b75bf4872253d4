// JSON as text: the strict scanner against nlohmann-json, strings there and back, and what is made
// safe to show.
#include "messages/base/json.hpp"

#include <string>

#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

void check_scanner(std::string_view bytes) {
  const bool valid = is_valid_json(bytes);
  if (const auto end = skip_json_value(bytes, 0))
    demand(*end <= bytes.size() && *end > 0, "the scanner stays within the text");
  const auto said = second_opinion(bytes);
  if (!said.counts)
    return;
  const bool too_deep = said.value && depth_of(bytes) > max_json_depth;
  demand(valid == (said.value && !too_deep), "JSON is what nlohmann-json takes for it");
  if (!valid || bytes.front() != '"' || bytes.back() != '"')
    return;
  demand(said.value->get<std::string>() == unescape_json_string(bytes),
         "a string means what nlohmann-json reads in it");
}

} // namespace

void json_text(std::string_view bytes) {
  check_scanner(bytes);
  std::string literal;
  append_json_string(literal, bytes);
  demand(is_valid_json(literal), "any text can be written as a string");
  const auto back = unescape_json_string(literal);
  demand(back.has_value(), "what was written as a string is one");
  if (simdjson::validate_utf8(bytes.data(), bytes.size()))
    demand(*back == bytes, "a string comes back as it was written");
  if (!bytes.empty())
    demand_sentence(printable(bytes, 20), 6 * 20 + 1);
}

} // namespace hawkeye::fuzz
