// From configuration texts to settings, strictly: every key and every value is checked.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"
#include "messages/config/text_forms.hpp"

namespace hawkeye {

/// Where the values come from. Weakest first: defaults, the variables of the older service's
/// deployment, the file, HAWKEYE_CACHE_* variables, the command line.
struct config_sources {
  std::string file_name; ///< for messages
  std::string file_text; ///< empty: no file
  /// `section.key` and the value, as given on the command line. A value needs no quotes.
  std::vector<std::pair<std::string, std::string>> options;
  std::map<std::string, std::string> environment; ///< all variables, also those of other programs
  /// Reads a file named by a key (`*-file`, PEM): its content, or why it cannot be read. No other
  /// I/O happens.
  std::function<expected<std::string>(const std::string&)> read_file;
};

/// Settings that can be used as they are, or one line: file (or "command line", or the variable),
/// key, value, what would be right. The value of a secret is never in it.
expected<settings> read_config(const config_sources& from);

} // namespace hawkeye
