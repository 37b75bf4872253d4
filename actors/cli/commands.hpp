// The commands of the program: one table, from which the command line, the help and the start are
// made.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// How the program ends.
enum exit_code : int {
  exit_done = 0,
  exit_failed = 1, ///< at run time
  exit_usage = 2,  ///< wrong usage or configuration
  exit_named = 3   ///< what the help of the command names
};

/// What was given on the command line. Each command has the options that its row names.
struct command_arguments {
  std::string config_file; ///< as given; empty: where it is looked for by default
  /// `section.key` and its value, of any command
  std::vector<std::pair<std::string, std::string>> keys;
  std::optional<std::string> last_contact_filter;
  bool json = false;
  bool wait = false;
  std::string serial_number; ///< of refresh empty: all devices
  std::string against;       ///< the subject of another service
  std::vector<std::string> redis_keys;
  std::vector<std::string> ignored_fields;
  std::string topic; ///< of help: a command; empty: all
};

struct command_option {
  const char* name;  ///< without dashes: a word that stands alone
  const char* value; ///< what it takes, for the help; empty: a flag
  const char* help;
  std::variant<bool command_arguments::*, std::string command_arguments::*,
               std::optional<std::string> command_arguments::*,
               std::vector<std::string> command_arguments::*>
      to;
  int values = 1; ///< how many it takes; 0: as many as stand between commas
  bool required = false;
};

struct command {
  const char* name;
  const char* help;
  std::vector<command_option> options;
  /// With the settings read and the output on standard output. The exit code.
  int (*run)(const command_arguments&, const settings&) = nullptr;
  /// Where it needs no settings: what it prints.
  std::string (*text)(const command_arguments&) = nullptr;
};

std::span<const command> commands();

/// Reads the settings, runs the command, and sees that its output was written. The exit code.
int run_command(const command& asked, const command_arguments& arguments);

/// The settings that the sources say by now: command line, environment and file.
expected<settings> read_settings(const command_arguments& arguments);

/// One line on standard error; returns the exit code.
int complain(const std::string& reason, int code = exit_failed);

} // namespace hawkeye
