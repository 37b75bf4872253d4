// The command `refresh`: requests a refresh of one serial number or of all devices. With --wait it
// shows the progress. Exit codes: 0 requested or published; 1 not. Threading: blocking.
#pragma once

#include "actors/cli/commands.hpp"

namespace hawkeye {

int run_refresh(const command_arguments& arguments, const settings& settings);

} // namespace hawkeye
