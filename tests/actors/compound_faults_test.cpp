// Two or three faults that come together, on the virtual clock.
#include <doctest/doctest.h>

#include "tests/support/virtual_admin.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

const std::string refresh_subject = "hawkeye.customer.cache.refresh";

void cut(virtual_service& x, std::size_t count) {
  while (x.bridges.fleet.size() > count)
    x.bridges.fleet.erase(x.bridges.fleet.begin());
}

fake_bridges::fault_hook bruin_fails_below(const std::string& serial_number) {
  return [serial_number](const std::string& subject, const json& body) {
    return subject.starts_with("bruin.")
                   && body["service_number"].get<std::string>() < serial_number
               ? std::optional{fault_answer{false, true, ""}}
               : std::nullopt;
  };
}

/// The client_id with which a device is served; 0: it is not.
int client_of(virtual_service& x, const std::string& serial_number) {
  const auto reply = x.ask_all();
  for (const auto& device : reply.value("body", json::array()))
    if (device["serial_number"] == serial_number)
      return device["bruin_client_info"]["client_id"];
  return 0;
}

struct large_fleet {
  explicit large_fleet(settings with = {}) : x{world, with} {
    x.bridges.add_devices(100);
    world.pass(5s);
    REQUIRE(x.served() == 100);
  }
  virtual_system world;
  virtual_service x;
};

} // namespace

TEST_CASE("while Redis refuses to write, what two lists lack leaves all the same") {
  large_fleet f;
  f.x.redis->refuses = "it refuses to write: its memory is full";
  f.x.redis->renews = true;
  cut(f.x, 51);
  f.world.pass(4h + 2min, 1s);
  REQUIRE(f.x.served() == 100);
  REQUIRE(f.x.current()->served_as()[outcome::not_listed] == 49);
  f.world.pass(24h, 1s);
  CHECK(f.x.served().value_or(0) == 51);
}

TEST_CASE("one write that fails does not double the time until a removal") {
  large_fleet f;
  cut(f.x, 51);
  bool failed = false;
  f.x.redis->before = [&](const char* call) {
    if (std::string_view{call} != "publish" || std::exchange(failed, true))
      return std::optional<failure>{};
    return std::optional{failure{"the connection broke"}};
  };
  f.world.pass(4h + 2min, 1s);
  REQUIRE(f.x.current()->served_as()[outcome::not_listed] == 49);
  f.world.pass(12min, 1s);
  CHECK(f.x.served().value_or(0) == 51);
}

TEST_CASE("two instances that both refresh, as the lease may not be written, still "
          "remove") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  memory->before = [](const char* call) {
    return std::string_view{call} == "lease" ? std::optional{failure{"NOPERM"}} : std::nullopt;
  };
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(100);
  world.pass(4min, 1s);
  virtual_service b{world, {}, memory};
  b.bridges.add_devices(100);
  connect(a, b);
  world.pass(10s);
  REQUIRE(a.served() == 100);
  REQUIRE(b.served() == 100);
  cut(a, 51);
  cut(b, 51);
  world.pass(4h + 6min, 1s);
  REQUIRE(a.current()->served_as()[outcome::not_listed] == 49);
  world.pass(20h, 1s);
  CHECK(a.served().value_or(0) == 51);
  CHECK(b.served().value_or(0) == 51);
}

TEST_CASE("all for which Bruin says no leave, although it is silent about one that "
          "was never served") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(3);
  const auto add_silent_one = [&] {
    x.bridges.fleet["T0000"].clients = json::array({{{"client_id", nullptr}}});
  };
  const auto all_leave = [&] {
    for (const auto* serial : {"S0000", "S0001", "S0002"})
      x.bridges.fleet[serial].status = nullptr;
  };
  SUBCASE("the silent one was there before") {
    add_silent_one();
    world.pass(5s);
    REQUIRE(x.served() == 3);
    all_leave();
    world.pass(24h, 10s);
    CHECK(x.ask_all()["status"] == 404);
  }
  SUBCASE("it comes after they have left: no message that refreshes fail") {
    world.pass(5s);
    all_leave();
    next_refresh(world);
    REQUIRE(x.ask_all()["status"] == 404);
    add_silent_one();
    world.pass(24h, 10s);
    for (const auto& text : x.slack())
      CHECK(text.find("The refresh failed") == std::string::npos);
  }
}

TEST_CASE("an instance that may not ask Bruin gives the lease back") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(10);
  world.pass(1s);
  virtual_service b{world, {}, memory};
  b.bridges.add_devices(10);
  connect(a, b);
  world.pass(1s);
  REQUIRE(fetches(a) == 1);
  a.bridges.fault = bruin_fails_below("S0002");
  world.pass(4h + 2min, 1s);
  a.bridges.fault = bruin_fails_below("T");
  world.pass(4h + 2min, 1s);
  SUBCASE("within the hour") {
    world.pass(1h, 1s);
    CHECK(fetches(b) >= 1);
    CHECK(b.current()->served_as()[outcome::carried_over] == 0);
  }
  SUBCASE("before records are too old") {
    world.pass(19h, 1s);
    CHECK(b.served().value_or(0) == 10);
  }
}

TEST_CASE("a wall clock that was ahead once does not stop records from ageing") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(5);
  world.pass(1s);
  auto b = std::make_unique<virtual_service>(world, settings{}, memory);
  b->bridges.add_devices(5);
  connect(a, *b);
  world.pass(1s);
  world.wall_clock_jump = 50ll * 365 * 86400;
  next_refresh(world);
  world.wall_clock_jump = 0;
  REQUIRE(memory->publishes == 2);
  next_refresh(world);
  SUBCASE("the time of the refresh is told rightly again") {
    CHECK(meta_of(a)["built_at"].get<std::string>() < "2021");
  }
  SUBCASE("a record of which Bruin is silent ends after max-stale") {
    a.bridges.fault = b->bridges.fault = bruin_fails_below("S0001");
    world.pass(40h, 10s);
    CHECK(a.served().value_or(0) == 4);
  }
  SUBCASE("a process that starts anew refreshes") {
    world.pass(2h, 10s);
    b.reset();
    const auto before = fetches(a);
    a.via->away = true; // as if killed: its lease lapses
    virtual_service again{world, {}, memory};
    again.bridges.add_devices(5);
    world.pass(30s);
    CHECK(fetches(a) == before);
    CHECK(fetches(again) == 1);
  }
}

TEST_CASE("a killed process refreshes at its start, whatever the wall clock says") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  {
    virtual_service killed{world, {}, memory};
    killed.bridges.add_devices(5);
    world.pass(3h + 50min, 1s);
    REQUIRE(memory->publishes == 1);
  }
  world.wall_clock_jump = -5 * 3600;
  virtual_service x{world, {}, memory};
  x.bridges.add_devices(6);
  world.pass(1min);
  CHECK(fetches(x) == 1);
  world.pass(3h, 1s);
  CHECK(fetches(x) == 1);
}

TEST_CASE("retries about silent devices do not get around the guard") {
  settings with;
  with.refresh.deadline = 2min;
  large_fleet f{with};
  std::size_t lies = 0; // a Bruin that answers for ten more each time, and wrongly
  f.x.bridges.fault = [&](const std::string& subject, const json& body) {
    if (subject == "hawkeye.probe.request")
      lies += std::max<std::size_t>(3, (100 - lies) / 10);
    if (!subject.starts_with("bruin."))
      return std::optional<fault_answer>{};
    const auto number = std::stoul(body["service_number"].get<std::string>().substr(1));
    return std::optional{number < lies ? fault_answer{false, false, R"({"body":[],"status":200})"}
                                       : fault_answer{false, true, ""}};
  };
  f.world.pass(4h, 1s);
  while (f.x.served() == 100)
    f.world.pass(1s);
  f.world.pass(9min, 1s);
  CHECK(f.x.served().value_or(0) >= 90);
}

TEST_CASE("a shorter guard-confirm-after counts for what waits already") {
  settings with;
  with.refresh.guard_confirm_after = 12h;
  with.refresh.interval = 24h;
  large_fleet f{with};
  cut(f.x, 51);
  f.world.pass(24h + 2min, 1s);
  REQUIRE(f.x.current()->served_as()[outcome::not_listed] == 49);
  with.refresh.guard_confirm_after = 10min;
  f.x.instance->reload(with);
  f.world.pass(1h, 1s);
  CHECK(f.x.served().value_or(0) == 51);
}

TEST_CASE("a process that starts with a wall clock two days ahead expires no record") {
  settings with;
  with.refresh.interval = 12h;
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  auto a = std::make_unique<virtual_service>(world, with, memory);
  a->bridges.add_devices(5);
  world.pass(5s);
  const auto silent = bruin_fails_below("S0001");
  a->bridges.fault = silent;
  world.pass(12h + 2min, 1s);
  REQUIRE(a->state_of("S0000")->why_in() == outcome::carried_over);
  world.pass(10min, 1s);
  a.reset();
  SUBCASE("no clock is wrong") {}
  SUBCASE("it is") {
    world.wall_clock_jump = 2 * 86400;
  }
  SUBCASE("it is wrong by centuries") {
    world.wall_clock_jump = std::int64_t{400} * 365 * 86400;
  }
  a = std::make_unique<virtual_service>(world, with, memory);
  a->bridges.add_devices(5);
  a->bridges.fault = silent;
  world.pass(1min);
  REQUIRE(fetches(*a) == 1);
  CHECK(a->served().value_or(0) == 5); // Bruin has been silent for twelve hours
}

TEST_CASE("an instance that finds Redis away joins nobody's queue with a 404 or 202") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>(), dead = std::make_shared<redis_memory>();
  dead->away = true;
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(5);
  world.pass(5s);
  virtual_service b{world, {}, dead};
  b.bridges.add_devices(5);
  connect(a, b);
  SUBCASE("Bruin's answers are wrong") {
    for (auto& [serial, device] : b.bridges.fleet)
      device.status = nullptr;
  }
  SUBCASE("Bruin answers nothing") {
    b.bridges.fault = bruin_fails_below("T");
  }
  world.pass(30s);
  REQUIRE(a.served() == 5);
  const auto reply = b.ask(R"({"request_id":1,"body":{}})");
  CHECK((!reply || json::parse(*reply)["status"] == 200));
}

TEST_CASE("while Redis comes and goes every minute, what two lists lack leaves") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(100);
  world.pass(5s);
  virtual_service b{world, {}, memory};
  b.bridges.add_devices(100);
  connect(a, b);
  world.pass(5s);
  for (auto* each : {&a, &b})
    while (each->bridges.fleet.size() > 51)
      each->bridges.fleet.erase(each->bridges.fleet.begin());
  const auto minutes = [&](int count) {
    for (int i = 0; i < count; ++i) {
      memory->away = i % 2 == 1;
      world.pass(1min, 1s);
    }
  };
  minutes(4 * 60 + 60);
  memory->away = false;
  world.pass(10s);
  CHECK(a.served().value_or(0) == 51);
  CHECK(b.served().value_or(0) == 51);
}

TEST_CASE("another program that replaces array and meta every minute puts no removal off") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(100);
  world.pass(5s);
  const auto array = x.redis->array;
  while (x.bridges.fleet.size() > 51)
    x.bridges.fleet.erase(x.bridges.fleet.begin());
  for (int i = 0; i < 4 * 60 + 30; ++i) {
    x.redis->array = "[" + array->substr(1, array->size() - 2) + " ]";
    x.redis->meta.reset();
    world.pass(1min, 1s);
  }
  CHECK(x.served().value_or(0) == 51);
}

TEST_CASE("probes without a client do not make the list be fetched all day") {
  large_fleet f;
  for (int i = 0; i < 4; ++i)
    f.x.bridges.fleet["T" + std::to_string(i)].clients = json::array({{{"client_id", nullptr}}});
  f.world.pass(4h, 1min);
  const auto before = fetches(f.x);
  std::size_t without_lease = 0; // a Bruin that answers for all others is no reason to release it
  for (int i = 0; i < 360; ++i) {
    f.world.pass(10s, 1s);
    without_lease += f.x.redis->lease.empty();
  }
  CHECK(without_lease == 0);
  CHECK(fetches(f.x) - before > 4);
  f.world.pass(24h, 1s);
  CHECK(fetches(f.x) - before < 30);
}

TEST_CASE("odd probes do not keep new ones waiting when Bruin is silent for these for a while") {
  large_fleet f;
  for (int i = 0; i < 4; ++i)
    f.x.bridges.fleet["T" + std::to_string(i)].clients = json::array({{{"client_id", nullptr}}});
  f.world.pass(8h, 1min);
  for (int i = 0; i < 50; ++i)
    f.x.bridges.fleet["U" + std::to_string(i)] = f.x.bridges.fleet["S0000"];
  const auto before = fetches(f.x);
  f.x.bridges.fault = [](const std::string& subject, const json& body) {
    return subject == "bruin.customer.get.info"
                   && body["service_number"].get<std::string>().starts_with("U")
               ? std::optional{fault_answer{false, true, ""}}
               : std::nullopt;
  };
  while (fetches(f.x) == before)
    f.world.pass(1s);
  f.world.pass(6min, 1s);
  f.x.bridges.fault = nullptr;
  f.world.pass(10min, 1s);
  CHECK(f.x.served() == 150);
}

TEST_CASE("after a failover of a divided Redis each device has its later answer") {
  virtual_system world;
  auto one = std::make_shared<redis_memory>(), two = std::make_shared<redis_memory>();
  virtual_service a{world, {}, one};
  a.bridges.add_devices(5);
  world.pass(5s);
  *two = *one; // b follows a until the division
  two->lease_until = world.now() + 1h;
  virtual_service b{world, {}, two};
  b.bridges.add_devices(5);
  world.pass(5s);
  REQUIRE(fetches(b) == 0);
  REQUIRE(b.served() == 5);
  two->lease.clear();
  world.pass(5s);
  a.bridges.fleet["S0001"].clients[0]["client_id"] = 9995;
  b.bridges.fleet["S0002"].clients[0]["client_id"] = 9996;
  a.ask(R"({"body":{"serial_number":"S0001"}})", refresh_subject);
  world.pass(2s);
  b.ask(R"({"body":{"serial_number":"S0002"}})", refresh_subject);
  world.pass(5s);
  REQUIRE(client_of(a, "S0001") == 9995);
  REQUIRE(client_of(b, "S0002") == 9996);
  REQUIRE(one->publishes == 2);
  two->array = one->array; // two becomes a replica of one
  two->meta = one->meta;
  world.pass(1min);
  CHECK(client_of(b, "S0001") == 9995);
  CHECK(client_of(b, "S0002") == 9996);
  CHECK(two->array->find("9996") != std::string::npos);
}
