// The one table of all configuration keys: what each may be, and where it goes. Private to
// config.cpp, config_file.cpp and their tests.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/config_value.hpp>

#include "messages/config/config.hpp"

namespace hawkeye::config_keys {

/// Settings on their way: what needs a second look once all keys are known stands beside them.
struct draft {
  settings result;
  std::optional<duration> jitter;
  std::map<std::string, std::string> sources; ///< as in settings
  std::vector<std::string> overruled;         ///< as in settings
};

struct key {
  std::string_view section, name;
  std::string expected; ///< what would be right, for messages
  bool secret = false;  ///< its value is never shown
  /// Puts the value where it belongs; false where it is of the wrong type or out of range.
  std::function<bool(draft&, const caf::config_value&)> take;
};

const std::vector<key>& all();

/// Null where there is no such key.
const key* find(std::string_view section, std::string_view name);

} // namespace hawkeye::config_keys
