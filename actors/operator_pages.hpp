// What operators and their tools read over HTTP: `/metrics`, `/api/status`, `/api/refreshes`,
// `/api/explain/SERIAL`, and `POST /api/refresh`. Threading: the handlers run on HTTP threads and
// wait for the desk.
#pragma once

#include <memory>
#include <vector>

#include "actors/http_server.hpp"
#include "actors/service.hpp"

namespace hawkeye {

/// `system` must outlive the server that serves the pages.
std::vector<http_route> operator_pages(caf::actor_system& system, const service& of);

} // namespace hawkeye
