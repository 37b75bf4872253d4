// The table of all configuration keys, one row each. It is used for reading and checking, the help,
// the report on a reload (SIGHUP), shell completion and the tests of config.ini.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "messages/config/ini.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// The accessor of a key's value in the settings. Its type is the type of the key.
using setting_member =
    std::variant<std::string& (*)(settings&), std::vector<std::string>& (*)(settings&),
                 bool& (*)(settings&), std::size_t& (*)(settings&), unsigned& (*)(settings&),
                 duration& (*)(settings&), std::chrono::seconds& (*)(settings&)>;

/// A variable of the older service's deployment, and the form of its value.
struct older_variable {
  const char* name = nullptr; ///< null if there is none
  /// Converts the value to the form of this key; nothing if it is invalid.
  std::optional<std::string> (*translate)(const std::string&) = nullptr;
  std::string_view expected = {}; ///< valid values, for messages
};

struct config_key {
  std::string_view section, name;
  setting_member where;
  std::string_view help; ///< one sentence, the same as in config.ini
  /// Checks a text or each text of a list; null: any printable text is valid.
  bool (*right)(std::string_view) = nullptr;
  std::string_view form = {};       ///< for texts and lists: valid values, for messages
  std::int64_t least = 0, most = 0; ///< range of numbers; durations in nanoseconds
  bool live = false;                ///< true if SIGHUP changes it; else a restart is needed
  bool secret = false;              ///< its value is never shown
  older_variable older = {};

  bool is_list() const;
  bool is_text() const;          ///< a single text
  std::string full_name() const; ///< section.name
  std::string variable() const;  ///< HAWKEYE_CACHE_SECTION_NAME
  std::string range() const;     ///< for numbers and durations: "1 to 4096", "10ms to 1min"
  std::string expected() const;  ///< valid values, for messages
};

std::span<const config_key> config_keys();

/// Null if there is no such key.
const config_key* find_key(std::string_view full_name);

/// The key that names a file with this key's value (`uri-file` for `uri`), or the reverse; null if
/// there is none.
const config_key* partner_of(const config_key& key);

/// Sets the value in `to`; false if it has the wrong type or is out of range.
bool put_value(const config_key& key, const written_value& value, settings& to);

/// The value in the form of config.ini.
std::string value_text(const config_key& key, const settings& from);

void copy_value(const config_key& key, const settings& from, settings& to);

/// "90s", "5min": in the largest unit without a remainder.
std::string in_units(duration x);

} // namespace hawkeye
