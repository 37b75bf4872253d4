// Reading and writing with nlohmann::json. Separate from json.hpp, which the hot path includes and
// which uses no JSON library.
#pragma once

#include <string>
#include <string_view>

#include "messages/base/json.hpp"

namespace hawkeye {

/// `Json` is nlohmann::json or nlohmann::ordered_json. The result is null or discarded if the text
/// is not JSON, nests deeper than max_json_depth (the library itself has no limit), or contains a
/// number that does not fit a double.
template <class Json>
Json read_json(std::string_view text) {
  return is_valid_json(text) ? Json::parse(text.begin(), text.end(), nullptr, false) : Json();
}

/// The JSON text on one line; invalid UTF-8 becomes U+FFFD.
template <class Json>
std::string one_line_json(const Json& x) {
  return x.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// For a log line: an invalid JSON text, or only the place where it becomes invalid if that is far
/// from its beginning.
std::string where_invalid(std::string_view text);

} // namespace hawkeye
