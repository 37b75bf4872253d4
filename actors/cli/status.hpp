// The command `status`: prints how a running service is. 0: healthy; 3: not; 1: it cannot be asked.
// Threading: blocking.
#pragma once

#include "actors/cli/commands.hpp"

namespace hawkeye {

int run_status(const command_arguments& arguments, const settings& settings);

} // namespace hawkeye
