// Why a server does not let us in, in words that name the key of config.ini to mend. What the
// libraries and the servers say is short and cryptic, and foreign: it comes last, in brackets and
// made safe. Pure: the same text and settings, the same sentence.
#pragma once

#include <string>
#include <string_view>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// `error`: the NATS library's last error, or the server's. No secret is in the result.
std::string nats_problem(std::string_view error, const nats_settings& settings);

/// A library's text as it may be shown: without the place in its source that it begins with.
std::string nats_detail(std::string_view error);

/// `error`: one that Redis answered, or hiredis' own; `key`: the configuration key that names
/// the address. The password is not in the result, nor what Redis quotes of a command it does not
/// know.
std::string redis_problem(std::string_view error, const redis_address& where, std::string_view key);

/// Whether this error means that Redis answers, but takes no writes.
bool redis_refuses_writes(std::string_view error);

} // namespace hawkeye
