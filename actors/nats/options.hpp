// The configuration as options of the library: servers, login, TLS and timeouts. Uses no network;
// reads the files that the configuration names.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <nats/nats.h>

#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// Pause between two attempts to connect: a server that is back is found within a second.
constexpr auto reconnect_wait = std::chrono::milliseconds{250};

/// Options for one connection of the client `client_name`. The failure names the key that cannot be
/// used.
expected<std::shared_ptr<natsOptions>> nats_options(const nats_settings& settings,
                                                    const std::string& client_name);

/// The servers of a configuration for the log: separated by commas, without secrets.
std::string server_list(const nats_settings& settings);

/// The library's text for a status.
inline std::string text_of(natsStatus status) {
  return natsStatus_GetText(status);
}

} // namespace hawkeye
