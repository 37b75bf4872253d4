// Where no answer may go, whoever asks for it: subjects on which the service itself speaks or
// listens. A client that named a bridge's subject for its reply would have us ask the bridge in our
// own name. Pure; any thread.
#pragma once

#include <string_view>

#include "messages/settings.hpp"

namespace hawkeye {

/// Whether `reply` is one of the configured subjects, or one of NATS' own (`$JS.API...`,
/// `$SRV...`).
bool is_reserved(std::string_view reply, const settings& with);

} // namespace hawkeye
