// The command `diff`: compares what this service and another one answer, or two keys of Redis.
// Replies that are stored in Redis are fetched from redis.payload-uri, whoever stored them. 0:
// equal; 3: different; 1: one of them could not be asked; 2: both are the same. Threading:
// blocking.
#pragma once

#include "actors/cli/commands.hpp"

namespace hawkeye {

int run_diff(const command_arguments& arguments, const settings& settings);

} // namespace hawkeye
