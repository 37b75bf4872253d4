// Everything real but the bridges: a nats-server, a redis-server, the stand-in for the bridges and
// any number of services, each a process of its own on loopback ports. For the end-to-end tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/redis_backend.hpp"
#include "messages/settings.hpp"
#include "tests/support/nats_client.hpp"
#include "tests/support/server_process.hpp"

namespace hawkeye::test {

using arguments = std::vector<std::string>;

/// A running service and its page.
struct service_process {
  server_process process;
  std::uint16_t http = 0;

  /// Status of a page; 0 where it does not answer.
  int page(const std::string& path, std::string* body = nullptr) const;
  bool ready() const {
    return page("/ready") == 200;
  }
  /// Waits until it is ready; false, with its log shown, where that takes too long.
  bool await_ready(std::chrono::milliseconds limit = std::chrono::seconds{20}) const;
};

class real_world {
public:
  /// Starts both servers; the ports are known even where a test ends them again.
  explicit real_world(arguments nats_extra = {}, arguments redis_extra = {});

  /// The stand-in with these options (see bridge_stand_in --help); returns once it serves.
  void start_bridges(arguments options);
  /// Changes the running stand-in.
  void control(const nlohmann::json& change);
  nlohmann::json stats();
  /// The devices of a right answer, as the stand-in was started.
  nlohmann::json expected() const;

  /// What the service is told about the servers, and then `options`.
  arguments service_options(arguments options = {}) const;
  service_process start_service(arguments options = {}) const;
  /// Runs the program to its end and returns its exit code; what it printed goes to `output`.
  std::optional<int> run(arguments command, std::string* output = nullptr) const;

  /// A reply, parsed; null where none came or it is no JSON.
  nlohmann::json ask(std::string_view request = R"({"request_id":1,"body":{}})");
  /// The number of devices in a reply with status 200.
  std::optional<std::size_t> served();

  /// What is parked in Redis under a token, parsed or as it is; nothing where Redis does not say.
  nlohmann::json parked(const std::string& token) const;
  std::optional<std::string> parked_text(const std::string& token) const;
  /// What Redis holds, read by the program's own backend.
  fallible<stored_values> stored() const;

  server_process nats, redis;
  std::optional<server_process> bridges;

  /// One connection for all questions; made anew when the server was.
  nats_client& client();
  void forget_client() {
    client_.reset();
  }

private:
  redis_address redis_where() const;

  std::optional<nats_client> client_;
  arguments fleet_;
};

inline constexpr const char* rpc_subject = "hawkeye.customer.cache.get";

} // namespace hawkeye::test
