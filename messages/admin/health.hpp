// Whether the service is alive and ready: what supervisors, load balancers and systemd's watchdog
// ask, all of one status.
#pragma once

#include <string>

#include "messages/admin/service_status.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

/// An answer over HTTP: its status and one JSON object.
struct health_page {
  int status = 200;
  std::string body;
};

/// `/_health`: 200 while all actors answer. What is wrong with Redis stands there as well, and
/// changes nothing: a new start would lose what memory holds.
health_page liveness_page(const service_status& x);

/// `/ready`: 200 while requests get devices as well.
health_page readiness_page(const service_status& x);

/// For the watchdog: a line about how the service is, or who does not answer.
expected<std::string> sign_of_life(const service_status& x);

} // namespace hawkeye
