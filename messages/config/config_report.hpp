// Texts about a configuration: the sources of its values, the effect of a reload, and the help of
// all keys.
#pragma once

#include <string>
#include <vector>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// "nats.servers (NATS_SERVER1), redis.uri (...)": the keys set by environment variables; empty if
/// there are none.
std::string keys_from_environment(const settings& x);

/// One line per kind of source with the keys it set, and one for variables that are not used; each
/// ends in a newline. Empty if all values are defaults. It contains no values.
std::string source_report(const settings& x);

struct settings_change {
  settings next; ///< the running settings with the changes that take effect without a restart
  std::vector<std::string> live;       ///< changed keys that take effect at once
  std::vector<std::string> at_restart; ///< changed keys that take effect after a restart
};

/// Compares the running settings with a configuration that was read again.
settings_change compare_settings(const settings& running, const settings& read);

/// All keys as command line options with help and default, for a terminal.
std::string keys_help();

} // namespace hawkeye
