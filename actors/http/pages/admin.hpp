// The pages for operators and their tools: `/_health` (liveness: the process can do its work),
// `/ready` (readiness: it answers with devices), `/metrics`, `/api/status`, `/api/refreshes`,
// `/api/explain/SERIAL`, `/api/devices`, `/api/events`, `POST /api/refresh` and `/api/explain`.
// Threading: the handlers run on the server's thread and ask the admin actor.
#pragma once

#include <memory>
#include <vector>

#include "actors/http/event_stream.hpp"
#include "actors/http/server.hpp"
#include "actors/service.hpp"

namespace hawkeye {

/// The stream of `/api/events`: the status, once a second. The server has to call its tick.
std::shared_ptr<event_stream> watch_status(caf::actor_system& system, const service& of);

/// `system` must outlive the server that serves the pages.
std::vector<http_route> operator_pages(caf::actor_system& system, const service& of,
                                       std::shared_ptr<event_stream> events);

} // namespace hawkeye
