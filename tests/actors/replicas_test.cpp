// Several instances on one Redis and one NATS, on the virtual clock: all answer, one refreshes.
#include <doctest/doctest.h>

#include "tests/support/virtual_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

/// On one Redis; they do not hear each other until they are connected.
struct two_instances {
  virtual_system world;
  std::shared_ptr<redis_memory> memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory}, b{world, {}, memory};

  two_instances() {
    a.bridges.add_devices(5);
    b.bridges.add_devices(5);
  }
};

} // namespace

TEST_CASE_FIXTURE(
    two_instances,
    "one of two instances refreshes, both answer with the same version within a second") {
  connect(a, b);
  world.pass(900ms);
  CHECK(fetches(a) + fetches(b) == 1);
  CHECK(a.served() == 5);
  CHECK(b.served() == 5);
  a.bridges.add_devices(1);
  b.bridges.add_devices(1);
  while (memory->publishes < 2)
    world.pass(1min, 1s);
  world.pass(1s);
  CHECK(fetches(a) + fetches(b) == 2);
  CHECK(a.served() == 6);
  CHECK(b.served() == 6);
}

TEST_CASE_FIXTURE(two_instances,
                  "a missed message about a new version is made up for within seconds") {
  world.pass(5s);
  CHECK(a.served() == 5);
  CHECK(b.served() == 5);
  CHECK(memory->publishes == 1);
}

TEST_CASE(
    "when the refreshing instance dies the other one takes over, and refreshes when it is due") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  auto a = std::make_unique<virtual_service>(world, settings{}, memory);
  world.pass(100ms);
  virtual_service b{world, {}, memory};
  a->bridges.add_devices(5);
  b.bridges.add_devices(5);
  a->bridges.hold = true;
  world.pass(2s);
  REQUIRE(fetches(*a) == 1);
  REQUIRE(fetches(b) == 0);
  a.reset(); // in the middle of its first refresh
  world.pass(15s);
  CHECK(fetches(b) == 1);
  CHECK(b.served() == 5);
  world.pass(3h + 58min, 1min);
  CHECK(fetches(b) == 1);
  world.pass(4min, 1s);
  CHECK(fetches(b) == 2);
}

TEST_CASE("an instance that slept through its lease overwrites no later answer with its own") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  world.pass(100ms);
  virtual_service b{world, {}, memory};
  a.bridges.add_devices(3);
  b.bridges.add_devices(4);
  b.bridges.fleet["S0001"].clients = json::array({{{"client_id", 7}}});
  a.bridges.hold = true;
  world.pass(1s);
  REQUIRE(fetches(a) == 1);
  for (int i = 0; i < 20; ++i) { // what a asks is answered, but with what was true then
    a.bridges.release();
    world.pass(10ms);
    if (i == 0) { // a sleeps after the first answer: its lease lapses, and b takes it
      memory->lease.clear();
      memory->lease = "nobody";
      memory->lease_until = world.now();
      caf::anon_send(b.instance->actors().lease, tick_atom_v);
      world.pass(5s);
      REQUIRE(fetches(b) == 1);
    }
  }
  world.pass(5s);
  for (auto* each : {&a, &b}) {
    CHECK(each->served() == 4);
    const auto devices = each->ask_all()["body"];
    for (const auto& device : devices)
      if (device["serial_number"] == "S0001")
        CHECK(device["bruin_client_info"]["client_id"] == 7);
  }
}

TEST_CASE("a lease with a foreign value is respected until it lapses") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  memory->now = [&world] {
    return world.now();
  };
  memory->lease = "something else entirely";
  memory->lease_until = world.now() + 60s;
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(3);
  world.pass(55s, 1s);
  CHECK(fetches(a) == 0);
  world.pass(15s, 1s);
  CHECK(fetches(a) == 1);
  CHECK(a.served() == 3);
}

TEST_CASE_FIXTURE(
    two_instances,
    "while Redis is away each instance refreshes on its own interval and no more often") {
  world.pass(5s);
  memory->away = true;
  world.pass(12h, 1min);
  CHECK(fetches(a) <= 4);
  CHECK(fetches(b) <= 4);
  CHECK(fetches(a) >= 2);
  CHECK(fetches(b) >= 2);
  CHECK(a.served() == 5);
  CHECK(b.served() == 5);
}
