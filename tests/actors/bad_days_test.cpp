// Bad days upstream, on the virtual clock: they must not shrink the answer.
#include <doctest/doctest.h>

#include "tests/support/virtual_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

fake_bridges::fault_hook bruin_fault(fault_answer wrong, std::string serial = {}) {
  return [wrong, serial](const std::string& subject, const json& body) {
    const bool meant =
        subject.starts_with("bruin.") && (serial.empty() || body["service_number"] == serial);
    return meant ? std::optional{wrong} : std::nullopt;
  };
}

} // namespace

TEST_CASE(
    "a device for which Bruin does not answer keeps its record; one for which it says no goes") {
  const std::vector<std::pair<const char*, fault_answer>> silences{
      {"no responders", {false, true, ""}},
      {"status null", {false, false, R"({"body":null,"status":null})"}},
      {"status 500", {false, false, R"({"body":null,"status":500})"}},
      {"wrong shape", {false, false, R"({"body":{"a":1},"status":200})"}},
      {"garbage", {false, false, "?"}},
      {"silence", {true, false, ""}},
  };
  for (const auto& [name, wrong] : silences) {
    CAPTURE(name);
    virtual_system world;
    virtual_service service{world};
    service.bridges.add_devices(4);
    world.pass(1s);
    service.bridges.fault = bruin_fault(wrong, "S0001");
    service.bridges.fleet["S0002"].clients = json::array();
    next_refresh(world);
    CHECK(service.redis->publishes == 2);
    CHECK(service.served() == 3);
    CHECK(service.state_of("S0001")->why_in() == outcome::carried_over);
    const auto& counts = service.current()->meta().counts;
    CHECK(counts[outcome::carried_over] == 1);
    CHECK(counts[outcome::no_customer] == 1);
    CHECK(service.redis->array->find("carried") == std::string::npos);
  }
}

TEST_CASE("a list in which no probe can be read is of the wrong shape: nobody leaves") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(4);
  std::string list;
  SUBCASE("no serial numbers") {
    list = R"([{"serial":"S0001"},null])";
  }
  SUBCASE("a malformed probe") {
    list = R"([{"serialNumber":"S0001","typeName":[]}])";
  }
  const auto wrong = [&](const std::string& subject, const json&) {
    return subject.starts_with("hawkeye.") ? std::optional{fault_answer{
               false, false, R"({"body":)" + list + R"(,"status":200})"}}
                                           : std::nullopt;
  };
  service.bridges.fault = wrong;
  world.pass(1h, 1s);
  CHECK_FALSE(service.served()); // "no devices" is no answer to that
  service.bridges.fault = nullptr;
  world.pass(1h, 1s);
  CHECK(service.served() == 4);
  service.bridges.fault = wrong;
  world.pass(24h, 1s);
  CHECK(service.served() == 4);
}

TEST_CASE("devices for which Bruin always fails hold up no other: the refresh publishes soon") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(100);
  // The last ones, so that nothing but failures is left to ask.
  const bool at_status = [] {
    bool second = false;
    SUBCASE("asked whose they are") {}
    SUBCASE("asked whether they are monitored") {
      second = true;
    }
    return second;
  }();
  service.bridges.fault = [&](const std::string& subject, const json& body) {
    const auto asked = at_status ? "bruin.inventory.management.status" : "bruin.customer.get.info";
    return subject == asked && body["service_number"] >= "S0060"
               ? std::optional{fault_answer{false, false, R"({"body":"oh","status":500})"}}
               : std::nullopt;
  };
  world.pass(30s);
  CHECK(service.served() == 60);
}

TEST_CASE("a carried record keeps its age over refreshes and restarts, and ends after max-stale") {
  auto memory = std::make_shared<redis_memory>();
  virtual_system world;
  asked_at since = 0;
  {
    virtual_service service{world, {}, memory};
    service.bridges.add_devices(3);
    world.pass(1s);
    service.bridges.fault = bruin_fault({false, true, ""}, "S0001");
    next_refresh(world);
    since = service.state_of("S0001")->verdict.yes;
    CHECK(service.served() == 3);
  }
  virtual_service service{world, {}, memory};
  service.bridges.add_devices(3);
  service.bridges.fault = bruin_fault({false, true, ""}, "S0001");
  world.pass(20s, 1s); // the dead instance's lease has to lapse first
  next_refresh(world);
  CHECK(service.served() == 3);
  CHECK(service.state_of("S0001")->verdict.yes == since);
  for (int i = 0; i < 6 && service.served() == 3; ++i)
    next_refresh(world);
  CHECK(service.served() == 2);
  CHECK(world.now() - world.begin > 24h);
  CHECK(world.now() - world.begin < 29h);
  CHECK(service.current()->meta().counts[outcome::record_too_old] == 1);
}

TEST_CASE("a carried device's contact is Hawkeye's newest, its client the last good one") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(2);
  world.pass(1s);
  service.bridges.fault = bruin_fault({false, true, ""}, "S0001");
  service.bridges.fleet["S0001"].last_contact = "2020-12-01T00:00:00Z";
  next_refresh(world);
  const auto newest = service.ask_all()["body"][0];
  CHECK(newest["serial_number"] == "S0001");
  CHECK(newest["last_contact"] == "2020-12-01T00:00:00Z");
  CHECK(newest["bruin_client_info"]["client_id"] == 9994);
}

TEST_CASE("with carry-over switched off a device that fails is left out") {
  virtual_system world;
  settings with;
  with.refresh.max_stale = 0s;
  virtual_service service{world, with};
  service.bridges.add_devices(4);
  world.pass(1s);
  service.bridges.fault = bruin_fault({false, true, ""}, "S0001");
  next_refresh(world);
  CHECK(service.served() == 3);
}

TEST_CASE(
    "thousands of failing devices make one message, repeated once a day, and one when it is over") {
  virtual_system world;
  settings with;
  with.refresh.deadline = 10min;
  with.refresh.max_stale = 72h;
  virtual_service service{world, with};
  service.bridges.add_devices(300);
  world.pass(5s);
  REQUIRE(service.served() == 300);
  service.bridges.fault = bruin_fault({false, false, R"({"body":"down","status":503})"});
  world.pass(4h + 20min, 1s);
  CHECK(service.served() == 300);
  REQUIRE(service.slack().size() == 1);
  CHECK(service.slack()[0].find("300 of 300") != std::string::npos);
  world.pass(9h, 10s);
  CHECK(service.slack().size() == 1);
  world.pass(16h, 10s);
  REQUIRE(service.slack().size() == 2);
  CHECK(service.slack()[1].find("300 of 300") != std::string::npos);
  service.bridges.fault = nullptr;
  world.pass(5h, 10s);
  REQUIRE(service.slack().size() == 3);
  CHECK(service.slack()[2].find("for all devices again") != std::string::npos);
}

TEST_CASE("a refresh ends at its deadline: what is not resolved then is carried over") {
  virtual_system world;
  settings with;
  with.refresh.deadline = 5min;
  virtual_service service{world, with};
  service.bridges.add_devices(50);
  world.pass(5s);
  const auto half = service.bridges.fault = [](const std::string& subject, const json& body) {
    return subject.starts_with("bruin.") && body["service_number"] >= "S0025"
               ? std::optional{fault_answer{true, false, ""}}
               : std::nullopt;
  };
  world.pass(4h + 1min, 1min);
  world.pass(6min, 1s);
  CHECK(service.redis->publishes >= 2);
  CHECK(service.served() == 50);
}

TEST_CASE("a call ends at its own timeout, whatever was asked before with a longer one") {
  virtual_system world;
  settings with;
  with.hawkeye.timeout = 2min;
  with.bruin.timeout = 1s;
  with.bruin.attempts = 1;
  virtual_service x{world, with};
  x.bridges.add_devices(3);
  x.bridges.fault = [](const std::string& subject, const json&) {
    return subject == "bruin.customer.get.info" ? std::optional{fault_answer{true, false, ""}}
                                                : std::nullopt;
  };
  world.pass(1500ms);
  x.bridges.fault = nullptr;
  world.pass(10s); // the next attempt
  CHECK(x.served() == 3);
}

TEST_CASE("a Bruin that is down is left alone but for single trial calls") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(300);
  world.pass(5s);
  service.bridges.fault = bruin_fault({false, true, ""});
  service.bridges.asked.clear();
  world.pass(4h + 1min, 1s);
  const auto at_first = service.bridges.asked["bruin.customer.get.info"];
  CHECK(at_first > 20);
  world.pass(90s, 1s);
  CHECK(service.bridges.asked["bruin.customer.get.info"] - at_first < 20);
  CHECK(service.bridges.asked["bruin.customer.get.info"] - at_first > 1);
}

TEST_CASE("with Bruin down a refresh ends after minutes, and publishes what Hawkeye says") {
  for (const auto& wrong : {fault_answer{false, true, ""}, fault_answer{true, false, ""}}) {
    CAPTURE(wrong.silent);
    virtual_system world;
    virtual_service service{world};
    service.bridges.add_devices(300);
    world.pass(5s);
    service.bridges.fault = bruin_fault(wrong);
    service.bridges.fleet["S0007"].last_contact = "2020-12-24T00:00:00Z";
    world.pass(4h + 15min, 1s);
    CHECK(service.redis->publishes >= 2);
    CHECK(service.served() == 300);
    CHECK(service.redis->array->find("2020-12-24T00:00:00Z") != std::string::npos);
  }
}

TEST_CASE("a wall clock that jumps an hour neither stops refreshing nor makes it run twice") {
  for (const int jump : {3600, -3600}) {
    CAPTURE(jump);
    virtual_system world;
    virtual_service service{world};
    service.bridges.add_devices(5);
    world.pass(5s);
    world.pass(2h, 1min);
    world.wall_clock_jump = jump;
    world.pass(1h + 58min, 1min);
    CHECK(service.redis->publishes == 1);
    world.pass(4min, 1s);
    CHECK(service.redis->publishes == 2);
    world.pass(3h + 50min, 1min);
    CHECK(service.redis->publishes == 2);
  }
}

TEST_CASE("an actor that ends unexpectedly is told once, by name, so that the process can end") {
  virtual_system world;
  virtual_service service{world};
  world.settle();
  CHECK(service.lost.empty());
  caf::anon_send_exit(service.instance->actors().store, caf::exit_reason::unhandled_exception);
  world.settle();
  REQUIRE(service.lost.size() == 1);
  CHECK(service.lost[0].starts_with("redis_store ended: "));
}
