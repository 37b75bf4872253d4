// The bridges' last answers about a device and when each was asked for: the part of an explanation
// that stands in the current snapshot.
#pragma once

#include <string>
#include <string_view>

#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// A device's record with `"words"` as its last member (docs/operations.md names the fields); as it
/// was where the snapshot knows nothing of the device.
std::string with_words(std::string record, const snapshot& x, std::string_view serial_number);

} // namespace hawkeye
