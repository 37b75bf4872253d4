// Where the tests find what they run and read. The only file that knows this checkout's paths, so
// that a compiler cache serves all others to any checkout.
#pragma once

#include <string>

namespace hawkeye::test {

/// The service's binary.
const std::string& service_program();
/// The binary that plays the bridges and the notifier.
const std::string& stand_in_program();
/// A file or folder of the source tree, by its path from the top: `source_path("config.ini")`.
std::string source_path(const std::string& from_top);

} // namespace hawkeye::test
