// What became of one probe at Bruin, and of all of them in one refresh.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "messages/outcome.hpp"

namespace hawkeye {

/// What Bruin said about one probe; stands at the probe's own index.
struct resolution {
  outcome why = outcome::unresolved;
  std::string client;               ///< raw JSON of bruin_client_info, where monitored
  std::vector<std::string> clients; ///< all client ids, where Bruin named more than one
  std::string detail; ///< the management status that decided, or the last failure, in words
};

/// resolutions[i] belongs to probe_list::probes[i].
using resolution_list = std::vector<resolution>;
using resolution_list_ptr = std::shared_ptr<const resolution_list>;

} // namespace hawkeye
