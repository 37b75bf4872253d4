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
  /// `name` is how the NATS server lists us.
  service_client(hawkeye::settings settings, const std::string& name);
  ~service_client();
  service_client(const service_client&) = delete;
  service_client& operator=(const service_client&) = delete;

  /// Asks on a subject; the reply, whole: what is stored in Redis in its place is fetched. A
  /// failure is one sentence for the terminal.
  expected<nlohmann::ordered_json> ask(const std::string& subject,
                                       const nlohmann::ordered_json& body);
  /// The same with a request as it is given, be it right or wrong.
  expected<nlohmann::ordered_json> ask_as_it_is(const std::string& subject,
                                                const nlohmann::ordered_json& request);

private:
  expected<std::string> ask_bytes(const std::string& subject, const std::string& request);

  hawkeye::settings settings_;
  std::shared_ptr<nats_connection> connection_;
  std::string problem_; ///< why there is no connection at all
};

/// The status of a reply, -1 where it has none.
int status_of(const nlohmann::ordered_json& reply);

/// What an answer that is no success says, for the terminal.
std::string sentence_of(const nlohmann::ordered_json& reply);

/// Complains about a reply whose status is none of the expected ones; returns the exit code.
int unexpected(const nlohmann::ordered_json& reply);

} // namespace hawkeye
