// Replies of a running service as text for a terminal. What a field holds is not believed: another
// program may answer, or another version.
#pragma once

#include <initializer_list>
#include <string>

#include <nlohmann/json.hpp>

namespace hawkeye {

/// The field at the end of these names; null where there is none.
const nlohmann::ordered_json& field(const nlohmann::ordered_json& x,
                                    std::initializer_list<const char*> names);

/// A field as a person reads it: a text without its quotes, made safe for the terminal.
std::string shown(const nlohmann::ordered_json& x);
inline std::string shown(const nlohmann::ordered_json& x,
                         std::initializer_list<const char*> names) {
  return shown(field(x, names));
}

/// A field that counts something; 0 where it is no number.
double number(const nlohmann::ordered_json& x, std::initializer_list<const char*> names);

} // namespace hawkeye
