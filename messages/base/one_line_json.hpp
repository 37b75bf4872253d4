// JSON of the library as text for people and replies. Apart from json.hpp, which the hot path
// includes and which knows no library.
#pragma once

#include <string>

namespace hawkeye {

/// On one line; invalid UTF-8 becomes U+FFFD. `Json`: nlohmann::json or its ordered_json.
template <class Json>
std::string one_line_json(const Json& x) {
  return x.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace hawkeye
