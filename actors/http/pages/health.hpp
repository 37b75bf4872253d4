// The pages for supervisors: `/_health` (can the process do its work at all?) and `/ready` (does it
// answer with devices?). Threading: the handlers run on HTTP threads; they ask the actors and wait
// at most a second.
#pragma once

#include <memory>
#include <vector>

#include "actors/http/server.hpp"
#include "actors/nats/client.hpp"
#include "actors/service.hpp"

namespace hawkeye {

/// `system` must outlive the server that serves the pages.
std::vector<http_route> health_pages(caf::actor_system& system, const service_actors& actors,
                                     std::shared_ptr<nats_client> via);

} // namespace hawkeye
