// The configuration in the library's words: servers, who we are, TLS, how patient the connection
// is. Touches no network; the files that the configuration names are read here.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <nats/nats.h>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// Between two attempts to connect: a server that is back is found within a second.
constexpr auto reconnect_wait = std::chrono::milliseconds{250};

/// Options for one connection that `client_name` makes; the failure names the key that cannot be
/// used.
expected<std::shared_ptr<natsOptions>> nats_options(const nats_settings& with,
                                                    const std::string& client_name);

/// The servers of a configuration as the log may show them: separated by commas, no secrets.
std::string server_list(const nats_settings& with);

/// The library's own words for a status.
inline std::string text_of(natsStatus status) {
  return natsStatus_GetText(status);
}

} // namespace hawkeye
