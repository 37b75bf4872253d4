// The command `diff`: compares the answers of this service and another one, or two keys of Redis.
// Replies stored in Redis are fetched from redis.payload-uri, whoever stored them. Exit codes: 0
// equal; 3 different; 1 one of them could not be asked; 2 wrong usage, for example both are the
// same subject. Threading: blocking.
#pragma once

#include "actors/cli/commands.hpp"

namespace hawkeye {

int run_diff(const command_arguments& arguments, const settings& settings);

} // namespace hawkeye
