// The environment variables that stand for a key of config.ini: our own, for secrets, and those by
// which the older service was deployed. Private to config.cpp.
#pragma once

#include "messages/config/config_file.hpp"

namespace hawkeye::config_keys {

/// Takes each variable that is set and whose key was given nowhere else: call it after the file and
/// the command line. What they overrule is noted in the draft. A wrong value is a failure that
/// names the variable; where it is overruled it is not looked at.
problem take_environment(const config_sources& from, draft& into);

} // namespace hawkeye::config_keys
