// Reads the address of a Redis from the text of `redis.uri`, and writes it for people.
#pragma once

#include <string>
#include <string_view>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// The forms that `parse_redis_uri` reads, for messages.
inline constexpr std::string_view redis_uri_forms =
    "redis:// or rediss://[user:password@]host:port/db, unix:///path?db=N, or "
    "redis+sentinel://[user:password@]host:port[,host:port...]/master-name/db";

/// `redis://[user:password@]host:port/db`, `rediss://` likewise (TLS), `unix:///path?db=N`, or
/// `redis+sentinel://[user:password@]host:port[,host:port...]/master-name/db`. Percent escapes in
/// user and password are decoded. Default ports: 6379, and 26379 for sentinels.
expected<redis_address> parse_redis_uri(std::string_view uri);

/// The address for display, without user and password.
std::string to_string(const redis_address& x);

} // namespace hawkeye
