// Replies of a running service as text for a terminal. The fields are not trusted: another program
// or another version may have answered.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hawkeye {

/// The field at this path of names; null: there is none.
const nlohmann::ordered_json& field(const nlohmann::ordered_json& x,
                                    std::initializer_list<const char*> names);

/// A field as text for people: without quotes and safe for the terminal.
std::string shown(const nlohmann::ordered_json& x);
inline std::string shown(const nlohmann::ordered_json& x,
                         std::initializer_list<const char*> names) {
  return shown(field(x, names));
}

/// A field as a number; 0: it is not a number.
double number(const nlohmann::ordered_json& x, std::initializer_list<const char*> names);

/// `90 s`, `12 min`, `5 h`, `3 days`: rounded.
std::string duration_text(double seconds);

/// A timestamp without its fraction, in UTC: `2026-01-02T03:04:05Z`; empty: it is not a timestamp.
std::optional<std::string> utc_text(std::string_view timestamp);

/// The age of a timestamp: `12 min ago`, `in 5 s`; empty: it is not a timestamp.
std::string age_text(std::string_view timestamp);

/// A field that holds a timestamp, with its age: `2026-01-02T03:04:05Z (12 min ago)`.
std::string time_text(const nlohmann::ordered_json& x);

} // namespace hawkeye
