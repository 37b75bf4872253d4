// What one publish changed: which devices came, went or moved to another client, and why.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "messages/history/explanations.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// So many devices of each kind are named; all are counted.
inline constexpr std::size_t max_named_changes = 100;

struct snapshot_changes {
  struct named {
    std::string serial_number;
    std::string reason;
  };
  /// Devices that came or went: how many for which reason, and the first by serial number.
  struct group {
    std::uint64_t count = 0;
    std::map<std::string, std::uint64_t, std::less<>> by_reason;
    std::vector<named> first;
  };
  struct moved {
    std::string serial_number;
    std::string from, to; ///< client ids, raw JSON
  };
  group gained; ///< reason: `new`, or the outcome it had before
  group lost;   ///< reason: the outcome it has now, or `gone`: Hawkeye no longer lists it
  std::uint64_t moved_count = 0;
  std::vector<moved> first_moved;
};

/// Any of `before` and the explanations may be null: then nothing was there, or is known.
snapshot_changes find_changes(const snapshot_ptr& before, const snapshot_ptr& after,
                              const device_explanations_ptr& explanations_before,
                              const device_explanations_ptr& explanations_after);

} // namespace hawkeye
