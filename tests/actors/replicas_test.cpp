// Several instances on one Redis and one NATS, on the virtual clock: all answer, one refreshes.
#include <doctest/doctest.h>

#include "tests/support/virtual_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

TEST_CASE("one of two instances refreshes, both answer with the same version within a second") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  virtual_service b{world, {}, memory};
  connect(a, b);
  a.bridges.add_devices(5);
  b.bridges.add_devices(5);
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

TEST_CASE("a missed message about a new version is made up for within seconds") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  virtual_service b{world, {}, memory};
  a.bridges.add_devices(5);
  b.bridges.add_devices(5);
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

TEST_CASE("an instance that slept through its lease cannot overwrite a newer snapshot") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  world.pass(100ms);
  virtual_service b{world, {}, memory};
  a.bridges.add_devices(3);
  b.bridges.add_devices(5);
  a.bridges.hold = true;
  world.pass(1s);
  REQUIRE(fetches(a) == 1);
  memory->lease.clear(); // a sleeps: its lease lapses, and the other one takes it
  memory->before = [](const char*) {
    return std::nullopt;
  };
  memory->lease = "another";
  memory->lease_until = world.now() + 10s;
  a.bridges.hold = false;
  a.bridges.release();
  world.pass(500ms);
  CHECK(memory->publishes == 0);
  world.pass(25s);
  CHECK(memory->publishes == 1);
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

TEST_CASE("while Redis is away each instance refreshes on its own interval and no more often") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  virtual_service b{world, {}, memory};
  a.bridges.add_devices(5);
  b.bridges.add_devices(5);
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
