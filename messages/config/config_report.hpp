// What people are shown about a configuration: where it came from, what a changed one changes, and
// the keys in the help.
#pragma once

#include <string>
#include <vector>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// "nats.servers (NATS_SERVER1), redis.uri (...)": the keys that an environment variable gave;
/// empty: none.
std::string keys_from_environment(const settings& x);

/// A line per kind of source with the keys that it gave, and one for variables that do not count;
/// each ends in a newline. Empty where all are defaults. No value is in it.
std::string source_report(const settings& x);

struct settings_change {
  settings next;                       ///< the running ones with what can change live
  std::vector<std::string> live;       ///< keys that changed and count from now on
  std::vector<std::string> at_restart; ///< keys that changed and count after a restart only
};

/// What a configuration that was read again changes.
settings_change compare_settings(const settings& running, const settings& read);

/// Every key as an option with its help and default, for a terminal.
std::string keys_help();

} // namespace hawkeye
