// The commands of the program, in one table. The command line, the help and main are built from it.
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

/// The exit codes of the program.
enum exit_code : int {
  exit_done = 0,
  exit_failed = 1, ///< at run time
  exit_usage = 2,  ///< wrong usage or configuration
  exit_named = 3   ///< a result that the help of the command explains
};

/// The values given on the command line. Each command has the options of its row in the table.
struct command_arguments {
  std::string config_file; ///< as given; empty: the default file is used
  /// `section.key` and its value; allowed for every command.
  std::vector<std::pair<std::string, std::string>> keys;
  std::optional<std::string> last_contact_filter;
  bool json = false;
  bool wait = false;
  std::string serial_number; ///< empty (for refresh): all devices
  std::string against;       ///< the subject of another service
  std::vector<std::string> redis_keys;
  std::vector<std::string> ignored_fields;
  std::string topic; ///< for help: a command; empty: the program
};

struct command_option {
  const char* name;  ///< without dashes: a positional argument
  const char* value; ///< name of its value in the help; empty: a flag
  const char* help;
  std::variant<bool command_arguments::*, std::string command_arguments::*,
               std::optional<std::string> command_arguments::*,
               std::vector<std::string> command_arguments::*>
      to;
  int values = 1; ///< number of values; 0: a list separated by commas
  bool required = false;
};

struct command {
  const char* name;
  const char* help;
  std::vector<command_option> options;
  /// Runs the command with the settings; prints to standard output. Returns the exit code.
  int (*run)(const command_arguments&, const settings&) = nullptr;
  /// For a command without settings: what it prints.
  std::string (*text)(const command_arguments&) = nullptr;
};

std::span<const command> commands();

/// The commands that take settings. The file of each says which exit codes it has.
int run_serve(const command_arguments& arguments, const settings& settings);
int run_check_config(const command_arguments& arguments, const settings& settings);
int run_get(const command_arguments& arguments, const settings& settings);
int run_status(const command_arguments& arguments, const settings& settings);
int run_refresh(const command_arguments& arguments, const settings& settings);
int run_explain(const command_arguments& arguments, const settings& settings);
int run_diff(const command_arguments& arguments, const settings& settings);

/// Reads the settings, runs the command and checks that its output was written. Returns the exit
/// code.
int run_command(const command& asked, const command_arguments& arguments);

/// The settings, read now from command line, environment and file. With `before`, from its file,
/// which must still be there and must not be empty: an editor may be saving it just now, and the
/// defaults would apply to all that it sets.
expected<settings> read_settings(const command_arguments& arguments,
                                 const settings* before = nullptr);

/// Prints one line to standard error; returns the exit code.
int print_error(const std::string& reason, int code = exit_failed);

} // namespace hawkeye
