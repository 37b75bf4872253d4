// The gauges of `/metrics`: what a service_status says at the time of the scrape.
#pragma once

#include <prometheus/registry.h>

#include "messages/service_status.hpp"

namespace hawkeye {

void add_gauges(prometheus::Registry& to, const service_status& now);

} // namespace hawkeye
