// Whether secrets would cross a network unprotected, as the configuration stands. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// Whether what is sent to `host` stays on this machine: localhost, 127.0.0.0/8, ::1. Any other
/// name counts as remote, whatever it may resolve to.
bool is_loopback(std::string_view host);

/// Why the address may not be used: its password would leave this machine readable, without TLS,
/// and nothing allows that. Without the key.
std::optional<failure> unprotected_password(const redis_address& where, bool allowed);

/// What may be meant so, but is better known: one sentence each, with the key.
std::vector<std::string> config_warnings(const settings& settings);

} // namespace hawkeye
