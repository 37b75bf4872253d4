// Preparation of the process, before anything else.
#pragma once

#include <optional>

#include "messages/base/result.hpp"

namespace hawkeye {

/// Opens /dev/null for standard descriptors that are closed, so that no connection gets their
/// numbers and the log is not written into it. Prevents other programs of the same user from
/// attaching or reading the memory. Disables core dumps. Makes an uncaught exception end the
/// process with one line.
void prepare_process();

/// Starts as many threads as the service needs, and ends them. A failure: the machine does not
/// allow that many. The libraries that start threads later would not report it.
std::optional<failure> try_threads();

} // namespace hawkeye
