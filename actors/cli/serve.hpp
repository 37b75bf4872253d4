// The commands `serve` and `check-config`: the service tied to its real servers until a signal ends
// it, and what it would be. Threading: blocking.
#pragma once

#include "actors/cli/commands.hpp"

namespace hawkeye {

/// 0: ended by SIGTERM or SIGINT; 1: it could not start, or lost an actor; 2: wrong configuration.
int run_serve(const command_arguments& arguments, const settings& settings);

int run_check_config(const command_arguments& arguments, const settings& settings);

} // namespace hawkeye
