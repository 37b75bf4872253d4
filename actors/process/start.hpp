// What the process does before anything else.
#pragma once

#include <optional>

#include "messages/base/result.hpp"

namespace hawkeye {

/// Opens /dev/null in the place of standard descriptors that are closed, so that no connection gets
/// their numbers and the log is not written into it; lets no other program of the same user attach
/// or read the memory; writes no core dump; and ends with a line where an exception is caught by
/// nobody.
void prepare_process();

/// Starts as many threads as the service needs, and ends them. A failure: the machine does not
/// allow so many, which the libraries that start them later do not say.
std::optional<failure> try_threads();

} // namespace hawkeye
