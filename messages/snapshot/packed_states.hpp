// The states of a snapshot's devices as they stand in KEY:meta. In a usual snapshot they differ in
// little more than the time at which Bruin was asked, so each field is a column of small numbers,
// compressed: some four bytes a device.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/result.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// In base64, for a JSON string.
std::string pack_states(const snapshot& x);

struct unpacked_states {
  std::vector<device_state> served; ///< of the array's devices, in its order
  std::vector<kept_device> kept;    ///< not checked against the array
  std::size_t dropped = 0; ///< with impossible times, or content that is no device: nothing is
                           ///< known of a served one then, and a kept one is left out
};

/// Reads what `pack_states` wrote, for an array of so many devices; foreign bytes, which may claim
/// anything.
expected<unpacked_states> unpack_states(std::string_view text, std::size_t devices);

} // namespace hawkeye
