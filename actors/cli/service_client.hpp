// A client of a running service, for the commands: asks over NATS, as every client does. Threading:
// blocking; for programs that have nothing else to do.
#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "actors/cli/commands.hpp"
#include "actors/nats/connection.hpp"
#include "messages/base/result.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

class service_client {
public:
  /// `name` is the name of this client at the NATS server.
  service_client(hawkeye::settings settings, const std::string& name);

  /// Sends a request and returns the whole reply; a reply that is stored in Redis is fetched. A
  /// failure is one sentence for the terminal.
  expected<nlohmann::ordered_json> ask(const std::string& subject,
                                       const nlohmann::ordered_json& body);
  /// Sends a request unchanged, valid or not.
  expected<nlohmann::ordered_json> ask_raw(const std::string& subject,
                                           const nlohmann::ordered_json& request);

private:
  expected<std::string> ask_bytes(const std::string& subject, const std::string& request);

  hawkeye::settings settings_;
  expected<std::shared_ptr<nats_connection>> connection_;
};

/// The status of a reply; -1: it has none.
int status_of(const nlohmann::ordered_json& reply);

/// The text of an answer that is not a success, for the terminal.
std::string sentence_of(const nlohmann::ordered_json& reply);

/// Prints an error about a reply with an unexpected status; returns the exit code.
int unexpected(const nlohmann::ordered_json& reply);

} // namespace hawkeye
