// What a configuration that was read again changes, and what of it counts without a restart.
#pragma once

#include <string>
#include <vector>

#include "messages/config/settings.hpp"

namespace hawkeye {

struct settings_change {
  settings next;                       ///< the running ones with what can change live
  std::vector<std::string> live;       ///< keys that changed and count from now on
  std::vector<std::string> at_restart; ///< keys that changed and count after a restart only
};

settings_change compare_settings(const settings& running, const settings& read);

} // namespace hawkeye
