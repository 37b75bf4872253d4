// The last answers of the bridges about a device with their question times: the part of an
// explanation that comes from the current snapshot.
#pragma once

#include <string>
#include <string_view>

#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// Adds `"words"` as the last member of a device's record (docs/operations.md describes the
/// fields). Returns the record unchanged if the device is not in the snapshot.
std::string with_words(std::string record, const snapshot& x, std::string_view serial_number);

} // namespace hawkeye
