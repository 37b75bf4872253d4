// The states of a snapshot's devices as stored in KEY:meta. In a typical snapshot they differ in
// little more than the time at which Bruin was asked. Each field is therefore stored as a column of
// small numbers and compressed: about four bytes per device.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/result.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// The packed states in base64, for a JSON string.
std::string pack_states(const snapshot& x);

struct unpacked_states {
  std::vector<device_state> served; ///< states of the array's devices, in the order of the array
  std::vector<kept_device> kept;    ///< not checked against the array
  std::size_t dropped = 0; ///< number of states with impossible times or invalid content: such a
                           ///< served device has an empty state, such a kept one is left out
};

/// Reads the output of `pack_states` for an array of that many devices. The bytes come from Redis
/// and are not trusted.
expected<unpacked_states> unpack_states(std::string_view text, std::size_t devices);

} // namespace hawkeye
