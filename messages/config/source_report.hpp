// Where the settings came from, told to people: by check-config, and in the log at start.
#pragma once

#include <string>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// "nats.servers (NATS_SERVER1), redis.uri (...)": the keys that an environment variable gave;
/// empty: none.
std::string keys_from_environment(const settings& x);

/// A line per kind of source with the keys that it gave, and one for variables that do not count;
/// each ends in a newline. Empty where all are defaults. No value is in it.
std::string source_report(const settings& x);

/// The texts with commas between.
std::string joined(const std::vector<std::string>& texts);

} // namespace hawkeye
