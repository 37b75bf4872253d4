// The result of asking Bruin about one probe, and about all of them in one refresh.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/base/question_clock.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye {

/// A call to Bruin that failed.
struct resolution_error {
  timestamp at;
  std::string_view question; ///< "client_info" or "management_status"
  std::string text;
};

/// The number of failures kept per device.
inline constexpr std::size_t max_resolution_errors = 3;

/// Bruin's answers about one probe, stored at the probe's index.
struct resolution {
  outcome why = outcome::unresolved;
  std::string client;               ///< raw JSON of bruin_client_info; empty if Bruin named none
  std::vector<std::string> clients; ///< all client ids if Bruin named more than one, else empty
  std::string detail; ///< the management status that decided, or the text of the last failure
  std::vector<resolution_error> errors{}; ///< the last failures, oldest first
  /// Start of the call in which Bruin named the client; 0: when the list was requested.
  asked_at client_asked = 0;
  asked_at asked = 0; ///< start of the call that decided; 0: when the list was requested
};

/// resolutions[i] belongs to probe_list::probes[i].
using resolution_list = std::vector<resolution>;
using resolution_list_ptr = std::shared_ptr<const resolution_list>;

} // namespace hawkeye
