// Subjects to which no reply may go, because the service itself publishes or listens there: a
// client that named a bridge's subject for its reply would have us ask the bridge in our own name.
// And which part of a subject may be shown. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// Whether `reply` is one of the configured subjects, or one of NATS' own (`$JS.API...`,
/// `$SRV...`).
bool is_reserved(std::string_view reply, const settings& settings);

/// A subject as logs and pages may show it: an inbox's last parts are a secret, as who knows them
/// can answer in a bridge's place.
std::string without_secret(std::string_view subject);

} // namespace hawkeye
