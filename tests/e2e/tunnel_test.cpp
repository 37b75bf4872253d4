// Redis over TLS through stunnel, with the configuration that docs/security.md shows.
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "tests/support/certificates.hpp"
#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

/// The file that docs/security.md shows, with what differs here put in its place.
std::string tunnel_config(std::uint16_t from, std::uint16_t to, const std::string& authority) {
  std::ifstream in{source_path("docs/security.md")};
  const std::string all{std::istreambuf_iterator<char>{in}, {}};
  const auto begin = all.find("    [redis]\n");
  REQUIRE(begin != std::string::npos);
  auto text = all.substr(begin, all.find("\n\n", begin) - begin);
  for (const auto& [shown, ours] :
       {std::pair{"127.0.0.1:6380", "127.0.0.1:" + std::to_string(from)},
        std::pair{"connect = redis.example.net:6379", "connect = 127.0.0.1:" + std::to_string(to)},
        std::pair{"/etc/hawkeye-customer-cache/ca.pem", authority}}) {
    const auto at = text.find(shown);
    REQUIRE_MESSAGE(at != std::string::npos, shown);
    text.replace(at, std::string{shown}.size(), ours);
  }
  return "foreground = yes\npid =\n" + text + "\n";
}

std::string ready_page(const service_process& of) {
  std::string body;
  of.page("/ready", &body);
  return body;
}

} // namespace

TEST_CASE(
    "through the tunnel in docs/security.md Redis is reached over TLS, and only the right one") {
  certificates made;
  made.make("right", "ours", "DNS:redis.example.net");
  made.make("elsewhere", "ours", "DNS:elsewhere.example");
  made.make("strange", "another", "DNS:redis.example.net");
  scratch_directory files;
  real_world world;
  world.start_bridges({"--probes=5"});
  for (const std::string name : {"right", "elsewhere", "strange"}) {
    CAPTURE(name);
    const auto redis = redis_with_tls(made, name);
    const auto from = free_port();
    const server_process tunnel{
        {"stunnel4",
         files.write("stunnel.conf", tunnel_config(from, redis.port(), made.certificate("ours")))},
        from};
    const auto service =
        world.start_service({"--redis.uri=" + redis_url(tunnel, "hawkeye"),
                             "--redis.payload-uri=" + redis_url(tunnel, "hawkeye-payload")});
    REQUIRE(service.await_ready()); // without Redis, too
    if (name == "right") {
      CHECK(eventually([&] { return redis_cli(tunnel, {"exists", "hawkeye"}) == "1\n"; }));
      CHECK(ready_page(service).find(R"("redis":"in use")") != std::string::npos);
    } else {
      CHECK(eventually(
          [&] { return service.process.output().find("Redis is away") != std::string::npos; }));
      CHECK(ready_page(service).find(R"("redis":"Redis at redis://127.0.0.1)")
            != std::string::npos);
    }
  }
}
