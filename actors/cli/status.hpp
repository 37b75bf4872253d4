// The command `status`: prints the state of a running service. Exit codes: 0 healthy; 3 not
// healthy; 1 it cannot be asked. Threading: blocking.
#pragma once

#include "actors/cli/commands.hpp"

namespace hawkeye {

int run_status(const command_arguments& arguments, const settings& settings);

} // namespace hawkeye
