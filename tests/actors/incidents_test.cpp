// Messages to people, whichever instance refreshes and whatever NATS does. On the virtual clock.
#include <doctest/doctest.h>

#include "tests/support/virtual_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

fake_bridges::fault_hook bruin_is_silent() {
  return [](const std::string& subject, const json&) {
    return subject.starts_with("bruin.") ? std::optional{fault_answer{false, true, ""}}
                                         : std::nullopt;
  };
}

} // namespace

TEST_CASE("an incident that one instance sent is sent as over by the one that refreshes then") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  {
    virtual_service first{world, {}, memory};
    first.bridges.add_devices(5);
    world.pass(5s);
    first.bridges.fault = bruin_is_silent();
    next_refresh(world);
    REQUIRE(first.slack().size() == 1);
  }
  virtual_service second{world, {}, memory};
  second.bridges.add_devices(5);
  SUBCASE("it is over") {
    world.pass(6min, 1s);
    REQUIRE(second.slack().size() == 1);
    CHECK(second.slack()[0].find("answers for all devices again") != std::string::npos);
  }
  SUBCASE("it lasts: not sent twice in a day") {
    second.bridges.fault = bruin_is_silent();
    world.pass(6min, 1s);
    CHECK(fetches(second) >= 1);
    CHECK(second.slack().empty());
  }
  SUBCASE("what stands in Redis is another program's") {
    memory->incidents = R"([1,{"sent":"x"}])";
    second.bridges.fault = bruin_is_silent();
    world.pass(6min, 1s);
    CHECK(second.slack().size() == 1);
  }
}

TEST_CASE("a message that NATS did not take is sent once it is back, and then counts as sent") {
  virtual_system world;
  settings with;
  with.refresh.alert_after_attempts = 2;
  virtual_service x{world, with};
  x.bridges.add_devices(5);
  world.pass(5s);
  x.via->away = true;
  world.pass(4h + 5min, 1s);
  CHECK(x.slack().empty());
  CHECK_FALSE(x.redis->incidents.has_value());
  x.via->away = false;
  world.pass(10s);
  REQUIRE(x.slack().size() == 1);
  CHECK(x.slack()[0].find("NATS is not connected") != std::string::npos);
  world.pass(10min, 1s);
  CHECK(x.slack().size() == 2);
  CHECK(x.slack().back().find("works again") != std::string::npos);
}

TEST_CASE("while Redis is away an incident is still sent once, and once when it is over") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(5);
  world.pass(5s);
  x.redis->away = true;
  x.bridges.fault = bruin_is_silent();
  next_refresh(world);
  next_refresh(world);
  CHECK(x.slack().size() == 1);
  x.redis->away = false;
  x.bridges.fault = nullptr;
  next_refresh(world);
  CHECK(x.slack().size() == 2);
}

TEST_CASE("where what is served grows old and nobody says so, one follower does") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  world.pass(500ms);
  virtual_service b{world, {}, memory};
  a.bridges.add_devices(5);
  b.bridges.add_devices(5);
  world.pass(5s);
  // The holder of the lease renews it and does nothing else.
  memory->lease = "another/one";
  memory->lease_until = world.now() + 48h;
  world.pass(8h - 5min, 1min);
  CHECK(a.slack().size() + b.slack().size() == 0);
  world.pass(10min, 1s);
  CHECK(a.slack().size() + b.slack().size() == 1);
  world.pass(12h, 1min);
  CHECK(a.slack().size() + b.slack().size() == 1);
}
