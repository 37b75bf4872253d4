// The commands `serve` and `check-config`: runs the service with its real servers until a signal
// ends it, and checks its configuration. Threading: blocking.
#pragma once

#include "actors/cli/commands.hpp"

namespace hawkeye {

/// Exit codes: 0 ended by SIGTERM or SIGINT; 1 it could not start, or lost an actor; 2 wrong
/// configuration.
int run_serve(const command_arguments& arguments, const settings& settings);

int run_check_config(const command_arguments& arguments, const settings& settings);

} // namespace hawkeye
