// TLS for connections to Redis, with hiredis 1.x and its libhiredis_ssl (Debian 13). With hiredis
// 0.14 (Debian 12) there is none, which `unsupported` tells before the start.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <hiredis/hiredis.h>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// Why this build cannot use an address; nothing: it can.
std::optional<failure> unsupported(const redis_address& address, std::string_view key);

/// Makes TLS on a connection that stands. The server's certificate must be signed by `tls_ca` (or
/// an authority that this machine trusts) and be for the host's name. The files are read anew at
/// each call.
std::optional<failure> start_redis_tls(redisContext& connection, const redis_address& address);

/// Why the last command over TLS failed, as the TLS library says it, with "TLS: " in front: hiredis
/// does not tell. Empty: it was not because of TLS.
std::string last_tls_error();

} // namespace hawkeye
