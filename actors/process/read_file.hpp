// Reads the small files that the configuration names. Threading: none.
#pragma once

#include <chrono>
#include <string>

#include "messages/base/result.hpp"

namespace hawkeye {

using namespace std::chrono_literals;

/// True if there is something under this name, or if that cannot be determined.
bool is_there(const std::string& name);

/// The content of a regular file or a pipe. Fails for anything else, because a device may never
/// end, for more than 1 MiB, and if a pipe does not end within `wait`: SIGHUP reads these files on
/// the thread that waits for SIGTERM.
expected<std::string> read_file(const std::string& name, std::chrono::milliseconds wait = 3s);

} // namespace hawkeye
