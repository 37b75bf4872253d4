// Who refreshes: the lease belongs to an instance that can work, each process refreshes once at its
// start, and what refreshes all is never put off. On the virtual clock.
#include <doctest/doctest.h>

#include "tests/support/virtual_admin.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

fake_bridges::fault_hook nobody_answers() {
  return [](const std::string& subject, const json&) {
    return subject == "hawkeye.probe.request" ? std::optional{fault_answer{false, true, ""}}
                                              : std::nullopt;
  };
}

/// Two instances on one Redis, of which the first has the lease.
struct pair_of_instances {
  explicit pair_of_instances(settings with = {}) {
    a = std::make_unique<virtual_service>(world, with, memory);
    a->bridges.add_devices(5);
    world.pass(1s);
    b = std::make_unique<virtual_service>(world, with, memory);
    b->bridges.add_devices(5);
    connect(*a, *b);
    world.pass(1s);
    REQUIRE(fetches(*a) == 1);
    REQUIRE(fetches(*b) == 0);
  }

  virtual_system world;
  std::shared_ptr<redis_memory> memory = std::make_shared<redis_memory>();
  std::unique_ptr<virtual_service> a, b;
};

} // namespace

TEST_CASE("an instance that loses NATS gives the lease back, and the other one refreshes") {
  pair_of_instances x;
  x.a->via->away = true;
  x.world.pass(4h + 2min, 1s);
  CHECK(fetches(*x.a) == 1);
  CHECK(fetches(*x.b) == 1);
  CHECK(x.memory->publishes == 2);
  x.a->via->away = false;
  x.world.pass(1min, 1s);
  CHECK(x.a->served() == 5);
}

TEST_CASE("an instance whose refreshes fail lets another one try within a minute") {
  pair_of_instances x;
  x.a->bridges.fault = nobody_answers();
  x.world.pass(4h, 1min);
  while (fetches(*x.a) < 3)
    x.world.pass(1s);
  x.world.pass(1min, 1s);
  CHECK(fetches(*x.b) == 1);
  CHECK(x.memory->publishes == 2);
  x.world.pass(4h + 2min, 1s); // and keeps the lease
  CHECK(fetches(*x.b) == 2);
  CHECK(x.a->slack().empty());
}

TEST_CASE("an instance alone goes on trying as often as configured, and has the lease again") {
  virtual_system world;
  settings with;
  with.refresh.retry_min = with.refresh.retry_max = 2s;
  virtual_service x{world, with};
  x.bridges.add_devices(5);
  x.bridges.fault = nobody_answers();
  world.pass(1min);
  CHECK(fetches(x) >= 28);
  x.bridges.fault = nullptr;
  world.pass(35s);
  CHECK(x.served() == 5);
  CHECK(x.redis->lease.starts_with("hawkeye-customer-cache/"));
}

TEST_CASE("while NATS is away a question to a bridge fails at once and says so") {
  serving x;
  x.service.via->away = true;
  x.world.pass(4h + 2min, 1s);
  CHECK(x.service.served() == std::nullopt); // nobody can ask
  x.service.via->away = false;
  const auto status = x.status();
  CHECK(status["refresh"]["last_result"] == "failed");
  CHECK(status["refresh"]["last_reason"].get<std::string>().find("NATS is not connected")
        != std::string::npos);
  CHECK(status["refresh"]["failures_in_a_row"] >= 3);
  x.world.pass(6min, 1s);
  CHECK(x.status()["refresh"]["last_result"] == "published");
}

TEST_CASE("a process that was killed and started again refreshes once the old lease has lapsed") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  {
    virtual_service killed{world, {}, memory};
    killed.bridges.add_devices(5);
    world.pass(10min, 1s);
    REQUIRE(memory->publishes == 1);
  }
  virtual_service x{world, {}, memory};
  x.bridges.add_devices(6);
  world.pass(14s);
  CHECK(fetches(x) == 1);
  CHECK(x.served() == 6);
}

TEST_CASE("a process that follows another instance does not refresh at its start") {
  pair_of_instances x;
  x.world.pass(1h, 1s);
  x.b.reset();
  virtual_service again{x.world, {}, x.memory};
  again.bridges.add_devices(5);
  x.world.pass(3min, 1s);
  CHECK(fetches(again) == 0);
  CHECK(x.memory->publishes == 1);
}

TEST_CASE("single devices, however many are requested, never put off the refresh of all") {
  serving x;
  for (int i = 0; i < 9 * 120; ++i) {
    x.ask("refresh", {{"serial_number", i % 2 ? "S0000" : "S0003"}});
    x.world.pass(30s, 5s);
  }
  CHECK(json::parse(x.service.redis->reports.front())["trigger"] == "device");
  CHECK(value(x.service, R"(refreshes_total{result="published",trigger="interval"})") == 2);
}

TEST_CASE("a device that a running refresh asked about long ago is asked about again") {
  serving x;
  x.service.bridges.fault = [](const std::string& subject, const json& body) {
    return subject == "bruin.customer.get.info" && body["service_number"] == "S0001"
               ? std::optional{fault_answer{true, false, ""}}
               : std::nullopt;
  };
  x.ask("refresh");
  x.world.pass(10s);
  CHECK(x.ask("refresh", {{"serial_number", "S0000"}})["body"]["state"] == "running");
  x.world.pass(1min, 1s);
  CHECK(x.ask("refresh", {{"serial_number", "S0000"}})["body"]["state"] == "started");
  x.world.pass(5min, 1s);
  const auto recent = x.status()["refresh"]["recent"];
  CHECK(recent[0]["serial_number"] == "S0000");
  CHECK(recent[0]["result"] == "published");
}
