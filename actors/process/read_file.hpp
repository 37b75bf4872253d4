// Reads the small files that the configuration names. Threading: none.
#pragma once

#include <chrono>
#include <string>

#include "messages/base/result.hpp"

namespace hawkeye {

using namespace std::chrono_literals;

/// True if there is something under this name, or if that cannot be determined.
bool is_there(const std::string& name);

/// The content of a file, a pipe or a device such as /dev/null. Fails for more than 1 MiB, and if
/// its end does not come within `wait`: SIGHUP reads these files on the thread that waits for
/// SIGTERM.
expected<std::string> read_file(const std::string& name, std::chrono::milliseconds wait = 3s);

} // namespace hawkeye
