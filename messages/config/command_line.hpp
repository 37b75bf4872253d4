// What the program was asked to do, from its arguments, and how it ends.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/result.hpp"

namespace hawkeye {

/// How the program ends.
enum exit_code : int {
  exit_done = 0,
  exit_failed = 1, ///< at run time
  exit_usage = 2,  ///< wrong usage or configuration
  exit_named = 3   ///< what the text of the command itself names
};

enum class command { serve, get, status, refresh, explain, diff, check_config, version, help };

struct command_line {
  command what = command::serve;
  std::optional<std::string> config_file; ///< as given; nothing: where it is looked for by default
  std::vector<std::string> options;       ///< `section.key=value`, without dashes
  std::optional<std::string> last_contact_filter; ///< of get
  bool json = false;                              ///< of get, status, explain and diff
  bool wait = false;                              ///< of refresh
  std::string serial_number{}; ///< of explain, and of refresh where it is about one device
  std::string against{};       ///< of diff: the subject of the other service
  std::vector<std::string> redis_keys{};  ///< of diff: two keys instead; else empty
  std::set<std::string> ignored_fields{}; ///< of diff
};

/// `arguments` without the program's name. A failure is one line for the terminal: exit 2.
expected<command_line> read_command_line(const std::vector<std::string_view>& arguments);

/// An argument as others may see it in a list of processes: of the same length, with asterisks
/// where it holds a password, a token, or the user and password of a URL.
std::string masked(std::string_view argument);

/// What `help` prints.
std::string_view help_text() noexcept;

} // namespace hawkeye
