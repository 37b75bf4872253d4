// The health pages: `/_health` (liveness: the process can do its work) and `/ready` (readiness: it
// answers with devices). Threading: the handlers run on the server's thread and ask the admin
// actor.
#pragma once

#include <vector>

#include "actors/http/server.hpp"
#include "actors/interfaces.hpp"

namespace hawkeye {

/// `system` must outlive the server that serves the pages.
std::vector<http_route> health_pages(caf::actor_system& system, const admin_actor& admin);

} // namespace hawkeye
