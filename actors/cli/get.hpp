// `get`: a client of a running service, as the monitors are. Not part of the pipeline; uses the
// same connection classes.
#pragma once

#include <optional>
#include <string>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// Asks the service over NATS and prints a table, or with `json` the devices as one JSON array;
/// recovers a reply that is stored in Redis. Returns the exit code: 0 on 200 and 404, 1 otherwise,
/// with the reason on standard error.
int run_get(const settings& with, const std::optional<std::string>& last_contact_filter, bool json);

} // namespace hawkeye
