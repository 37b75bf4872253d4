// The arguments of the program, read by the table of commands and that of keys.
#pragma once

#include <string>
#include <vector>

#include "actors/cli/commands.hpp"

namespace hawkeye {

struct command_line {
  const command* asked = nullptr; ///< never null
  command_arguments arguments;
};

/// `arguments` without the program's name. A failure is one line for the terminal: exit 2.
expected<command_line> read_command_line(const std::vector<std::string>& arguments);

/// The help of a command; of an empty or unknown one that of the program.
std::string help_text(const std::string& topic);

/// The arguments as others may see them in a list of processes, each of the same length: asterisks
/// stand where it holds a password, a token, or the user and password of a URL.
std::vector<std::string> masked(std::vector<std::string> arguments);

} // namespace hawkeye
