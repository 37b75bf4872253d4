// The open incidents, shared by all instances in Redis under KEY:incidents, so that whichever
// instance refreshes can report that one is over.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hawkeye {

/// An incident that is not over.
struct incident {
  std::int64_t sent = 0;      ///< when its last message was sent, wall clock seconds since 1970
  std::string fingerprint;    ///< of the list in the message; empty if it has no list
  std::uint64_t affected = 0; ///< the number of devices in the message; 0: it has none
  friend bool operator==(const incident&, const incident&) = default;
};

using incident_map = std::map<std::string, incident>; ///< keyed by name

/// Writes one JSON object.
std::string write_incidents(const incident_map& x);

/// Invalid incidents are ignored, because another program may have written the value.
incident_map read_incidents(std::string_view json);

} // namespace hawkeye
