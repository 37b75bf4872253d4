// What `/metrics` reads from a service_status at the time of the scrape: gauges, and what others
// count for themselves.
#pragma once

#include <prometheus/registry.h>

#include "messages/admin/service_status.hpp"

namespace hawkeye {

void add_gauges(prometheus::Registry& to, const service_status& now);

} // namespace hawkeye
