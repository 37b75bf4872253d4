// Checks of reply subjects. No reply may be sent to a subject on which the service itself publishes
// or listens: with a bridge's subject as reply subject, a client could make the service send a
// request to the bridge. Also: the part of a subject that may be shown. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// True if `reply` is one of the configured subjects, or one of NATS' own (`$JS.API...`,
/// `$SRV...`).
bool is_reserved(std::string_view reply, const settings& settings);

/// A subject for logs and pages. The last tokens of an inbox are secret, because anyone who knows
/// them can answer instead of a bridge.
std::string without_secret(std::string_view subject);

} // namespace hawkeye
