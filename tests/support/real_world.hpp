// Everything real but the bridges: a nats-server, a redis-server, the stand-in for the bridges and
// any number of services, each a process of its own on loopback ports. For the end-to-end tests.
// The service, operators and monitors may do there what is published in packaging/, no more: a test
// that does something else ends with the violation and an abort.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/redis/backend.hpp"
#include "messages/config/settings.hpp"
#include "tests/support/nats_client.hpp"
#include "tests/support/rights.hpp"
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
  /// Starts both servers; the ports are known even where a test ends them again. `nats_lines` stand
  /// in nats-server's configuration.
  explicit real_world(const std::string& nats_lines = {}, arguments redis_extra = {});
  ~real_world();
  real_world(const real_world&) = delete;
  real_world& operator=(const real_world&) = delete;

  /// Another configuration for nats-server, from its next start or SIGHUP on.
  void configure_nats(const std::string& text) {
    files_.write("nats.conf", text);
  }
  /// The one of `real_world`, with other permissions for the service.
  void permit_service(const std::string& permissions) {
    configure_nats(nats_users(files_, permissions));
  }
  /// Someone does here what is not permitted, and that is what the test is about.
  bool violations_meant = false;

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
  /// One that reaches the servers through proxies on these ports.
  service_process start_service_through(std::uint16_t nats_port, std::uint16_t redis_port,
                                        arguments options = {}) const;
  /// What the program's commands are told about the servers.
  arguments operator_options() const;
  /// Runs the program to its end and returns its exit code; what it printed goes to `output`.
  std::optional<int> run(arguments command, std::string* output = nullptr) const;

  /// A reply, parsed; null where none came or it is no JSON.
  nlohmann::json ask(std::string_view request = R"({"request_id":1,"body":{}})");
  /// The number of devices in a reply with status 200.
  std::optional<std::size_t> served();

  /// What is offloaded in Redis under a token, parsed or as it is; nothing where Redis does not
  /// say.
  nlohmann::json parked(const std::string& token) const;
  std::optional<std::string> parked_text(const std::string& token) const;
  /// What Redis holds, read by the program's own backend.
  hawkeye::expected<stored_values> stored() const;

private:
  scratch_directory files_;

public:
  server_process nats, redis;
  std::optional<server_process> bridges;

  /// A monitor's one connection for all questions; made anew when the server was.
  nats_client& client();
  std::string monitor_url() const;
  void forget_client() {
    client_.reset();
    stage_.reset();
  }

  /// A client that may do all.
  nats_client& stage();

private:
  std::optional<nats_client> client_, stage_;
  arguments fleet_;
};

inline constexpr const char* rpc_subject = "hawkeye.customer.cache.get";

} // namespace hawkeye::test
