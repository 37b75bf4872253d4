// Explains why a login to NATS or Redis failed, and names the key in config.ini to correct. The
// short, cryptic error of the library or server comes last, in parentheses and made printable,
// because it is not trusted. Pure: the result depends only on the arguments.
#pragma once

#include <string>
#include <string_view>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// `error` is the last error of the NATS library or the server. The result contains no secret.
std::string nats_problem(std::string_view error, const nats_settings& settings);

/// The library's error text for display, without the position in its source at the beginning.
std::string nats_detail(std::string_view error);

/// `error` is from Redis or hiredis; `key` is the configuration key of the address. The result
/// contains neither the password nor the arguments that Redis quotes from an unknown command.
std::string redis_problem(std::string_view error, const redis_address& where, std::string_view key);

/// True if the error means that Redis answers but rejects writes.
bool redis_refuses_writes(std::string_view error);

} // namespace hawkeye
