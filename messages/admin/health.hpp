// Health checks for supervisors, load balancers and systemd's watchdog, all derived from one
// service_status.
#pragma once

#include <string>

#include "messages/admin/service_status.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

/// An HTTP response: its status and one JSON object.
struct health_page {
  int status = 200;
  std::string body;
};

/// `/_health`: 200 while all actors answer, else 503. A problem with Redis is shown but does not
/// change the status: a restart would lose the data in memory.
health_page liveness_page(const service_status& x);

/// `/ready`: 200 while all actors answer and requests can be answered with devices, else 503.
health_page readiness_page(const service_status& x);

/// For the watchdog: a status line, or a failure with the actors that do not answer.
expected<std::string> sign_of_life(const service_status& x);

} // namespace hawkeye
