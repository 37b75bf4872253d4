// Checks whether the configuration would send secrets over a network without encryption. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// True if data sent to `host` stays on this machine: localhost, 127.0.0.0/8, ::1. Any other name
/// counts as remote, whatever it resolves to.
bool is_loopback(std::string_view host);

/// A failure if the password would leave this machine without TLS and this is not allowed. The text
/// does not name the key.
std::optional<failure> unprotected_password(const redis_address& where, bool allowed);

/// Warnings about valid but risky settings: one sentence each, with the key.
std::vector<std::string> config_warnings(const settings& settings);

} // namespace hawkeye
