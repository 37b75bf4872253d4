// The changes by one publish: devices that were gained, lost or moved to another client, and why.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "messages/history/explanations.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// At most this many devices of each kind are listed; all are counted.
inline constexpr std::size_t max_named_changes = 100;

struct snapshot_changes {
  struct named {
    std::string serial_number;
    std::string reason;
  };
  /// Gained or lost devices: their number per reason, and the first ones by serial number.
  struct group {
    std::uint64_t count = 0;
    std::map<std::string, std::uint64_t, std::less<>> by_reason;
    std::vector<named> first;
  };
  struct moved {
    std::string serial_number;
    std::string from, to; ///< client ids, raw JSON
  };
  group gained; ///< reason: `new`, or the previous outcome
  group lost;   ///< reason: the present outcome, or `gone` if Hawkeye no longer lists it
  std::uint64_t moved_count = 0;
  std::vector<moved> first_moved;
};

/// `before` and the explanations may be null: then there was no snapshot, or the reasons are
/// unknown.
snapshot_changes find_changes(const snapshot_ptr& before, const snapshot_ptr& after,
                              const device_explanations_ptr& explanations_before,
                              const device_explanations_ptr& explanations_after);

} // namespace hawkeye
