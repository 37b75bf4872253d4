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

TEST_CASE("whatever Redis loses of the snapshot is written again within five seconds") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  world.pass(5s);
  auto& memory = *service.redis;
  const auto array = memory.array, meta = memory.meta;
  SUBCASE("all") {
    memory.array.reset();
    memory.meta.reset();
  }
  SUBCASE("the array") {
    memory.array.reset();
  }
  SUBCASE("the meta") {
    memory.meta.reset();
  }
  SUBCASE("a part of the array") {
    memory.array->resize(10);
  }
  world.pass(5s);
  CHECK(memory.array == array);
  REQUIRE(memory.meta.has_value());
  CHECK(read_version(*memory.meta) >= read_version(*meta));
  virtual_service next{world, {}, service.redis};
  world.settle();
  CHECK(next.served() == 5);
}

TEST_CASE("a Redis that was rolled back gets again what it lost") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  world.pass(5s);
  const auto array = service.redis->array, meta = service.redis->meta;
  service.bridges.add_devices(1);
  next_refresh(world);
  REQUIRE(service.served() == 6);
  service.redis->array = array;
  service.redis->meta = meta;
  world.pass(5s);
  CHECK(service.served() == 6);
  CHECK(json::parse(*service.redis->array).size() == 6);
}

TEST_CASE("a publish whose answer is lost counts as published, and nothing is asked again") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  service.redis->lose_answer = true;
  world.pass(5s);
  CHECK(service.served() == 5);
  CHECK(fetches(service) == 1);
  CHECK(service.redis->publishes == 1);
  CHECK(read_version(*service.redis->meta) == 1);
  CHECK(service.redis->reports.size() == 1);
  world.pass(1h, 1min);
  CHECK(fetches(service) == 1);
}

TEST_CASE("an instance that began without Redis takes nothing from what stands there") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  {
    virtual_service before{world, {}, memory};
    before.bridges.add_devices(100);
    world.pass(10s);
    REQUIRE(before.served() == 100);
  }
  world.pass(1h, 1min);
  memory->away = true;
  virtual_service blind{world, {}, memory};
  blind.bridges.add_devices(100);
  SUBCASE("Hawkeye's list is cut") {
    while (blind.bridges.fleet.size() > 5)
      blind.bridges.fleet.erase(blind.bridges.fleet.begin());
    world.pass(20s);
    CHECK(blind.served() == 5);
  }
  SUBCASE("Bruin says no for many") {
    for (int i = 10; i < 50; ++i)
      blind.bridges.fleet["S00" + std::to_string(i)].status = nullptr;
    world.pass(20s);
    CHECK(blind.served() == 60);
  }
  memory->away = false;
  world.pass(5s);
  CHECK(blind.served() == 100);
  CHECK(json::parse(*memory->array).size() == 100);
}

TEST_CASE("two devices that two instances refreshed while Redis was away are both kept") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory}, b{world, {}, memory};
  a.bridges.add_devices(3);
  b.bridges.add_devices(3);
  world.pass(10s);
  REQUIRE(a.served() == 3);
  REQUIRE(b.served() == 3);
  memory->away = true;
  world.pass(20s);
  a.bridges.fleet["S0001"].clients = json::array({{{"client_id", 1}}});
  b.bridges.fleet["S0002"].clients = json::array({{{"client_id", 2}}});
  a.ask(R"({"body":{"serial_number":"S0001"}})", "hawkeye.customer.cache.refresh");
  b.ask(R"({"body":{"serial_number":"S0002"}})", "hawkeye.customer.cache.refresh");
  world.pass(5s);
  memory->away = false;
  world.pass(10s);
  for (auto* each : {&a, &b}) {
    const auto reply = each->ask_all();
    REQUIRE(reply["body"].size() == 3);
    for (const auto& device : reply["body"]) {
      if (device["serial_number"] == "S0001")
        CHECK(device["bruin_client_info"]["client_id"] == 1);
      if (device["serial_number"] == "S0002")
        CHECK(device["bruin_client_info"]["client_id"] == 2);
    }
  }
}

TEST_CASE("a report whose answer is lost is kept once") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  service.redis->loses_answers_of = "keep";
  world.pass(5min);
  CHECK(service.redis->reports.size() == 1);
}

TEST_CASE("an empty array in Redis is nothing to serve") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  memory->array = "[]";
  virtual_service service{world, {}, memory};
  service.bridges.add_devices(3);
  service.bridges.hold = true;
  world.pass(1s);
  CHECK(service.ask_all()["status"] == 202);
}

TEST_CASE(
    "a snapshot that Redis does not take, though it can be read, is sent less and less often") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  world.pass(5s);
  REQUIRE(service.redis->publishes == 1);
  std::size_t tried = 0;
  service.redis->before = [&](const char* call) {
    const bool writes = std::string_view{call} == "publish";
    tried += writes;
    return writes ? std::optional{failure{"too large"}} : std::nullopt;
  };
  service.bridges.add_devices(1);
  service.ask(R"({"body":{}})", "hawkeye.customer.cache.refresh");
  bool told = false;
  SUBCASE("by itself") {}
  SUBCASE("whoever says all the time that Redis has something new") {
    told = true;
  }
  for (int i = 0; i < 6000; ++i) {
    if (told)
      service.via->deliver("hawkeye.customer.cache.updated", {}, "{}");
    world.pass(100ms, 100ms);
  }
  CHECK(tried > 5);
  CHECK(tried < 40);
  const auto redis = [&] {
    return json::parse(*service.ask(R"({"body":{}})",
                                    "hawkeye.customer.cache.status"))["body"]["redis"]["trouble"];
  };
  CHECK(redis() == "too large");
  CHECK(service.served() == 6);
  service.redis->before = nullptr;
  world.pass(1min);
  CHECK(redis() == nullptr);
  CHECK(service.redis->publishes == 2);
}

TEST_CASE("a Redis that refused to write for minutes is written within five seconds once it is "
          "replaced by an empty one") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  world.pass(5s);
  auto& memory = *service.redis;
  memory.refuses = "OOM command not allowed when used memory > 'maxmemory'.";
  service.bridges.add_devices(1);
  service.ask(R"({"body":{}})", "hawkeye.customer.cache.refresh");
  world.pass(5min);
  REQUIRE(service.served() == 6);
  REQUIRE(json::parse(*memory.array).size() == 5);
  memory.away = true;
  world.pass(4s);
  memory.array.reset();
  memory.meta.reset();
  memory.lease.clear();
  memory.refuses.clear();
  memory.away = false;
  world.pass(5s);
  REQUIRE(memory.array.has_value());
  CHECK(json::parse(*memory.array).size() == 6);
  memory.array.reset(); // and what it loses after that, too
  world.pass(5s);
  CHECK(memory.array.has_value());
}
