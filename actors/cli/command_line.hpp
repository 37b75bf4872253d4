// Parses the program's arguments, using the tables of commands and of configuration keys.
#pragma once

#include <string>
#include <vector>

#include "actors/cli/commands.hpp"

namespace hawkeye {

struct command_line {
  const command* asked = nullptr; ///< never null
  command_arguments arguments;
};

/// `arguments` without the program's name. A failure is one line for the terminal; exit code 2.
expected<command_line> read_command_line(const std::vector<std::string>& arguments);

/// The help of a command; if it is empty or unknown, the help of the program.
std::string help_text(const std::string& topic);

/// The arguments as other users may see them in a list of processes. Each keeps its length;
/// passwords, tokens, and user and password of URLs are replaced by asterisks.
std::vector<std::string> masked(std::vector<std::string> arguments);

} // namespace hawkeye
