// Reads the settings from all configuration sources. Every key and every value is validated.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// The sources of values. Later ones override earlier ones: defaults, the variables of the older
/// service's deployment, the file, HAWKEYE_CACHE_* variables, the command line.
struct config_sources {
  std::string file_name; ///< for messages
  std::string file_text; ///< empty: no file
  /// `section.key` and value from the command line. A value needs no quotes.
  std::vector<std::pair<std::string, std::string>> options;
  std::map<std::string, std::string>
      environment; ///< all variables, including those of other programs
  /// Reads a file named by a key (`*-file`, PEM). A failure says why it cannot be read. This is the
  /// only I/O.
  std::function<expected<std::string>(const std::string&)> read_file;
};

/// Valid settings, or a failure of one line: source (file and line, "command line" or variable),
/// key, value and what is expected. It never contains the value of a secret.
expected<settings> read_config(const config_sources& from);

} // namespace hawkeye
