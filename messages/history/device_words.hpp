// What was last said about a device, by whom and when that was asked: the part of an explanation
// that the current snapshot knows best.
#pragma once

#include <string>
#include <string_view>

#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// A device's record with `"words"` as its last member (docs/operations.md names the fields); as it
/// was where the snapshot knows nothing of the device.
std::string with_words(std::string record, const snapshot& x, std::string_view serial_number);

} // namespace hawkeye
