// The command `explain`: prints why a serial number is in or out. Exit codes: 0 it is known; 3
// nothing is known of it; 1 the service cannot be asked. Threading: blocking.
#pragma once

#include "actors/cli/commands.hpp"

namespace hawkeye {

int run_explain(const command_arguments& arguments, const settings& settings);

} // namespace hawkeye
