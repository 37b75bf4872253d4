// The command `get`: asks the service as monitors do, and prints a table or JSON; a reply that is
// stored in Redis is fetched. 0 on 200 and 404; 1 otherwise.
// Threading: blocking.
#pragma once

#include "actors/cli/commands.hpp"

namespace hawkeye {

int run_get(const command_arguments& arguments, const settings& settings);

} // namespace hawkeye
