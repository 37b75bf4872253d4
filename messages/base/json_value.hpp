// Values of the JSON library (nlohmann): how texts of others become such, and how they become texts
// for people and replies. Apart from json.hpp, which the hot path includes and which knows no
// library.
#pragma once

#include <string>
#include <string_view>

#include "messages/base/json.hpp"

namespace hawkeye {

/// `Json`: nlohmann::json or its ordered_json. Null, or what the library calls discarded, where the
/// text is no JSON, nests deeper than max_json_depth (the library's reader and writer know no
/// limit), or has a number that no double holds.
template <class Json>
Json read_json(std::string_view text) {
  return is_valid_json(text) ? Json::parse(text.begin(), text.end(), nullptr, false) : Json();
}

/// On one line; invalid UTF-8 becomes U+FFFD.
template <class Json>
std::string one_line_json(const Json& x) {
  return x.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace hawkeye
