// The incidents that are not over, as all instances share them in Redis under KEY:incidents:
// whichever refreshes then can send that one is over.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hawkeye {

/// One that is not over.
struct incident {
  std::int64_t sent = 0;   ///< when its last message was sent, in seconds of the wall clock
  std::string fingerprint; ///< of what the message listed; empty: it is about no list
  friend bool operator==(const incident&, const incident&) = default;
};

using incident_map = std::map<std::string, incident>; ///< by name

/// One JSON object.
std::string write_incidents(const incident_map& x);

/// What is no incident is left out: another program may have written there.
incident_map read_incidents(std::string_view json);

} // namespace hawkeye
