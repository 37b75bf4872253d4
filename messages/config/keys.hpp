// The one table of all configuration keys: a row each. Reading, checking, the help, the report of
// what SIGHUP changes, completion and the tests of config.ini use it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "messages/config/ini.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// Where the value of a key stands in the settings; its type is that of the key.
using setting_member =
    std::variant<std::string& (*)(settings&), std::vector<std::string>& (*)(settings&),
                 bool& (*)(settings&), std::size_t& (*)(settings&), unsigned& (*)(settings&),
                 duration& (*)(settings&), std::chrono::seconds& (*)(settings&)>;

/// A variable by which the older service was deployed, and how it writes the value.
struct older_variable {
  const char* name = nullptr; ///< null: there is none
  /// The value as ours is written; nothing where it cannot be meant so.
  std::optional<std::string> (*translate)(const std::string&) = nullptr;
  std::string_view expected = {}; ///< what would be right, for messages
};

struct config_key {
  std::string_view section, name;
  setting_member where;
  std::string_view help; ///< one sentence, which stands in config.ini too
  /// What a text, or each text of a list, may be; null: anything that can be printed.
  bool (*right)(std::string_view) = nullptr;
  std::string_view form = {};       ///< of texts and lists: what would be right, for messages
  std::int64_t least = 0, most = 0; ///< of numbers; of durations in nanoseconds
  bool live = false;                ///< SIGHUP changes it; else a restart
  bool secret = false;              ///< its value is never shown
  older_variable older = {};

  bool is_list() const;
  bool is_text() const;          ///< a single one
  std::string full_name() const; ///< section.name
  std::string variable() const;  ///< HAWKEYE_CACHE_SECTION_NAME
  std::string range() const;     ///< of numbers and durations: "1 to 4096", "10ms to 1min"
  std::string expected() const;  ///< what would be right, for messages
};

std::span<const config_key> config_keys();

/// Null where there is no such key.
const config_key* find_key(std::string_view full_name);

/// The key that is this one's value in a file (`uri-file` of `uri`), or the reverse; null: none.
const config_key* partner_of(const config_key& key);

/// Puts the value where it belongs; false where it is of the wrong type or out of range.
bool put_value(const config_key& key, const written_value& value, settings& to);

/// The value as config.ini writes it.
std::string value_text(const config_key& key, const settings& from);

void copy_value(const config_key& key, const settings& from, settings& to);

/// "90s", "5min": in the largest unit that leaves no rest.
std::string in_units(duration x);

} // namespace hawkeye
