// The command `get`: asks the service as its clients do, and prints a table or JSON; a reply that
// is stored in Redis is fetched. Exit codes: 0 for status 200 and 404; otherwise 1. Threading:
// blocking.
#pragma once

#include "actors/cli/commands.hpp"

namespace hawkeye {

int run_get(const command_arguments& arguments, const settings& settings);

} // namespace hawkeye
