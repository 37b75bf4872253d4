// TLS for connections to Redis, with hiredis 1.x and its libhiredis_ssl (Debian 13). hiredis 0.14
// (Debian 12) does not support it; `unsupported` reports that before the start.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <hiredis/hiredis.h>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// Why this build cannot use an address; empty: it can.
std::optional<failure> unsupported(const redis_address& address, std::string_view key);

/// Starts TLS on an open connection. The server's certificate must be signed by `tls_ca` (or by an
/// authority that this machine trusts) and be valid for the host's name. The files are read at each
/// call.
std::optional<failure> start_redis_tls(redisContext& connection, const redis_address& address);

/// Why the last command over TLS failed, in the TLS library's text with "TLS: " in front, because
/// hiredis does not report it. Empty: the failure had another cause.
std::string last_tls_error();

} // namespace hawkeye
