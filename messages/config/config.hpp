// From configuration text to settings, strictly: CAF's INI parser alone would drop unknown keys and
// wrong types silently.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// Where the values come from, weakest first: defaults, environment, file, command line.
struct config_sources {
  std::string file_name; ///< for messages
  std::string file_text; ///< empty: no file
  /// `section.key=value`, as given on the command line without its dashes. A value needs no quotes.
  std::vector<std::string> options;
  /// Looks up an environment variable (see config.ini for their names).
  std::function<std::optional<std::string>(const std::string&)> environment;
  /// Reads a file named by a key (`*-file`, PEM): its content, or why it cannot be read. No other
  /// I/O happens.
  std::function<expected<std::string>(const std::string&)> read_file;
};

/// Settings that can be used as they are, or one line: file (or "command line", or the variable),
/// key, value, what would be right. The value of a secret is never in it.
expected<settings> read_config(const config_sources& from);

/// Whether a NATS subject is literal: tokens separated by dots, no wildcard, no white space.
bool is_literal_subject(std::string_view text) noexcept;

/// A server URL, or several separated by commas, without user and password, as it may be shown.
/// Rather too much is hidden than too little: whatever stands before the last @.
std::string without_secrets(std::string_view urls);

} // namespace hawkeye
