// Bad days of Redis, on the virtual clock: what is served stays, and nothing that was built is
// lost.
#include <doctest/doctest.h>

#include "tests/support/virtual_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

TEST_CASE(
    "Redis away: serving goes on from memory, and the newest snapshot is written when it is back") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  memory->away = true;
  virtual_service service{world, {}, memory};
  service.bridges.add_devices(5);
  world.pass(5s);
  CHECK(service.served() == 5);
  CHECK(memory->publishes == 0);
  service.bridges.add_devices(1);
  next_refresh(world);
  CHECK(service.served() == 6);
  memory->away = false;
  world.pass(5s);
  CHECK(memory->publishes == 1);
  CHECK(json::parse(*memory->array).size() == 6);
}

TEST_CASE("what was built without Redis goes after what Redis holds, whatever its number") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  {
    virtual_service before{world, {}, memory};
    before.bridges.add_devices(3);
    world.pass(1s);
    next_refresh(world);
    REQUIRE(meta_of(before)["version"] == 2);
  }
  memory->away = true;
  virtual_service service{world, {}, memory};
  service.bridges.add_devices(4);
  world.pass(30s);
  CHECK(service.served() == 4);
  memory->away = false;
  world.pass(15s);
  CHECK(meta_of(service)["version"] == 3);
  CHECK(service.served() == 4);
}

TEST_CASE("a Redis that lost everything gets the snapshot again") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  world.pass(1s);
  service.redis->array.reset();
  service.redis->meta.reset();
  world.pass(10s);
  REQUIRE(service.redis->array.has_value());
  CHECK(json::parse(*service.redis->array).size() == 5);
}
