// When a device leaves: the rules of docs/architecture.md through the whole service, on the virtual
// clock. The rules themselves are tested in tests/messages/snapshot.
#include <doctest/doctest.h>

#include "tests/support/virtual_admin.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

struct fleet_of_100 {
  explicit fleet_of_100(settings with = {}) : x{world, with} {
    x.bridges.add_devices(100);
    world.pass(5s);
    REQUIRE(x.served() == 100);
  }

  void cut_list_to(std::size_t count) {
    while (x.bridges.fleet.size() > count)
      x.bridges.fleet.erase(x.bridges.fleet.begin());
  }

  /// About devices whose serial numbers come before it.
  void silence_bruin_below(const std::string& serial_number) {
    x.bridges.fault = [serial_number](const std::string& subject, const json& body) {
      return subject.starts_with("bruin.")
                     && body["service_number"].get<std::string>() < serial_number
                 ? std::optional{fault_answer{false, true, ""}}
                 : std::nullopt;
    };
  }

  virtual_system world;
  virtual_service x;
};

} // namespace

TEST_CASE("what a cut list lacks is served until a second list says the same") {
  fleet_of_100 f;
  const auto whole = f.x.bridges.fleet;
  f.cut_list_to(51);
  f.world.pass(4h + 2min, 1s);
  CHECK(f.x.served() == 100);
  REQUIRE(f.x.slack().size() == 1);
  CHECK(f.x.slack()[0].find("49 of 100 devices would be removed") != std::string::npos);
  CHECK(f.x.slack()[0].find("METTEL/NEW YORK (9994): 49 of 100") != std::string::npos);
  const auto asked = f.x.bridges.asked["bruin.customer.get.info"];
  SUBCASE("it does") {
    f.world.pass(11min, 1s);
    CHECK(f.x.served() == 51);
    CHECK(f.x.bridges.asked["bruin.customer.get.info"] == asked); // nobody else is asked about
    REQUIRE(f.x.slack().size() == 2);
    CHECK(f.x.slack()[1].find("49 were removed") != std::string::npos);
  }
  SUBCASE("requests do not hurry it") {
    for (int i = 0; i < 6; ++i) {
      f.x.ask(R"({"body":{}})", "hawkeye.customer.cache.refresh");
      f.world.pass(1min, 1s);
      CHECK(f.x.served() == 100);
    }
    CHECK(f.x.slack().size() == 1);
  }
  SUBCASE("they are back") {
    f.x.bridges.fleet = whole;
    f.world.pass(11min, 1s);
    CHECK(f.x.served() == 100);
    REQUIRE(f.x.slack().size() == 2);
    CHECK(f.x.slack()[1].find("0 were removed") != std::string::npos);
  }
  SUBCASE("others are lacking") {
    f.x.bridges.fleet = whole;
    while (f.x.bridges.fleet.size() > 51)
      f.x.bridges.fleet.erase(std::prev(f.x.bridges.fleet.end()));
    f.world.pass(11min, 1s);
    CHECK(f.x.served() >= 98); // two are lacking in both
  }
  SUBCASE("Hawkeye answers nothing any more") {
    f.x.bridges.fault = [](const std::string& subject, const json&) {
      return subject == "hawkeye.probe.request" ? std::optional{fault_answer{false, true, ""}}
                                                : std::nullopt;
    };
    f.world.pass(3h, 10s);
    CHECK(f.x.served() == 100);
  }
  SUBCASE("another instance takes over") {
    auto memory = f.x.redis;
    memory->lease.clear();
    f.x.via->away = true;
    virtual_service next{f.world, {}, memory};
    next.bridges.fleet = f.x.bridges.fleet;
    f.world.pass(11min, 1s);
    CHECK(next.served() == 51);
  }
}

TEST_CASE("a few for which Bruin says no leave at once, many wait for a second answer") {
  fleet_of_100 f;
  const auto deny = [&](int count) {
    for (int i = 10; i < 10 + count; ++i)
      f.x.bridges.fleet["S00" + std::to_string(i)].status = nullptr;
  };
  SUBCASE("ten") {
    deny(10);
    next_refresh(f.world);
    CHECK(f.x.served() == 90);
    CHECK(f.x.slack().empty());
  }
  SUBCASE("eleven") {
    deny(11);
    f.world.pass(4h + 2min, 1s);
    CHECK(f.x.served() == 100);
    CHECK(f.x.state_of("S0010")->why_in() == outcome::removal_unconfirmed);
    CHECK(f.x.slack().size() == 1);
    CHECK(value(f.x, R"(removals_waiting{outcome="removal_unconfirmed"})") == 11);
    const auto asked = f.x.bridges.asked["bruin.inventory.management.status"];
    f.world.pass(11min, 1s);
    CHECK(f.x.served() == 89);
    CHECK(f.x.bridges.asked["bruin.inventory.management.status"] == asked + 11);
    CHECK(f.x.slack().size() == 2);
  }
}

TEST_CASE("status and explain tell which devices wait to be removed") {
  serving x;
  x.service.bridges.fleet.erase("S0003");
  x.world.pass(4h + 2min, 1s);
  const auto status = x.status();
  CHECK(status["snapshot"]["removals_waiting"] == 1);
  CHECK(status["healthy"] == false);
  CHECK(x.explain("S0003")["body"]["outcome"] == "not_listed");
  CHECK(x.explain("S0003")["body"]["served"] == true);
  x.world.pass(11min, 1s);
  CHECK(x.status()["snapshot"]["removals_waiting"] == 0);
  CHECK(x.status()["healthy"] == true);
  CHECK(x.status()["refresh"]["recent"][0]["trigger"] == "confirm");
}

TEST_CASE("a device of another customer is served as such although its status is not known") {
  fleet_of_100 f;
  f.x.bridges.fleet["S0007"].clients = json::array({{{"client_id", 5}, {"client_name", "B"}}});
  f.x.bridges.fault = [](const std::string& subject, const json& body) {
    return subject == "bruin.inventory.management.status" && body["service_number"] == "S0007"
               ? std::optional{fault_answer{false, true, ""}}
               : std::nullopt;
  };
  next_refresh(f.world);
  CHECK(f.x.served() == 100);
  const auto reply = f.x.ask_all();
  for (const auto& device : reply["body"])
    if (device["serial_number"] == "S0007")
      CHECK(device["bruin_client_info"]["client_id"] == 5);
}

TEST_CASE("a wall clock that was wrong once expires no record") {
  for (const std::int64_t jump :
       {std::int64_t{50} * 365 * 86400, std::int64_t{-40} * 365 * 86400}) {
    CAPTURE(jump);
    fleet_of_100 f;
    f.world.wall_clock_jump = jump;
    next_refresh(f.world);
    f.world.wall_clock_jump = 0;
    f.x.bridges.fault = [](const std::string& subject, const json&) {
      return subject.starts_with("bruin.") ? std::optional{fault_answer{false, true, ""}}
                                           : std::nullopt;
    };
    next_refresh(f.world);
    CHECK(f.x.served() == 100);
    auto memory = f.x.redis;
    virtual_service next{f.world, {}, memory};
    f.world.settle();
    CHECK(next.served() == 100);
  }
}

TEST_CASE("after a refresh in which Bruin was silent for many, the next one comes soon") {
  settings with;
  with.refresh.deadline = 2min;
  fleet_of_100 f{with};
  f.x.bridges.fault = [](const std::string& subject, const json&) {
    return subject.starts_with("bruin.") ? std::optional{fault_answer{false, true, ""}}
                                         : std::nullopt;
  };
  f.world.pass(4h + 4min, 1s);
  CHECK(f.x.current()->served_as()[outcome::carried_over] == 100);
  f.x.bridges.fault = nullptr;
  f.world.pass(10min, 1s);
  CHECK(f.x.current()->served_as()[outcome::carried_over] == 0);
}

TEST_CASE(
    "those about which Bruin is silent while removals are confirmed are asked about soon, too") {
  settings with;
  with.refresh.deadline = 2min;
  with.refresh.retry_min = with.refresh.retry_max = 30min;
  fleet_of_100 f{with};
  const auto whole = f.x.bridges.fleet;
  f.cut_list_to(60);
  f.silence_bruin_below("S0060");
  f.world.pass(4h + 4min, 1s);
  const auto served_as = [&](outcome x) {
    return f.x.current()->served_as()[x];
  };
  REQUIRE(served_as(outcome::not_listed) == 40);
  const auto silent_before = served_as(outcome::carried_over);
  REQUIRE(silent_before > 3);
  REQUIRE(silent_before < 30);
  f.x.bridges.fleet = whole;
  f.world.pass(13min, 1s); // the forty are listed again
  REQUIRE(served_as(outcome::not_listed) == 0);
  REQUIRE(served_as(outcome::carried_over) == 40 + silent_before);
  f.x.bridges.fault = nullptr;
  f.world.pass(40min, 1s);
  CHECK(served_as(outcome::carried_over) == 0);
}

TEST_CASE("a status that is not monitored any more takes devices out that stand in, too") {
  fleet_of_100 f;
  f.silence_bruin_below("S0003");
  for (auto& [serial, device] : f.x.bridges.fleet)
    if (serial >= "S0003")
      device.status = "Active – Gold Monitoring";
  next_refresh(f.world);
  REQUIRE(f.x.served() == 100);
  settings next;
  next.bruin.monitored_statuses = {"Active – Gold Monitoring"};
  f.x.instance->reload(next);
  next_refresh(f.world);
  CHECK(f.x.served() == 97);
}

TEST_CASE("where both bridges clearly say that there is no device the answer is 404") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(3);
  for (auto& [serial, device] : x.bridges.fleet)
    device.clients = json::array();
  world.pass(5s);
  CHECK(x.ask_all()["status"] == 404);
  CHECK(x.redis->publishes == 0);
}

TEST_CASE("beside one that found no device another one does not answer, and nobody is told") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service x{world, {}, memory};
  world.pass(100ms);
  virtual_service other{world, {}, memory};
  for (auto* each : {&x, &other}) {
    each->bridges.add_devices(3);
    for (auto& [serial, device] : each->bridges.fleet)
      device.clients = json::array();
  }
  connect(x, other);
  for (int hour = 0; hour < 13; ++hour) {
    world.pass(1h, 1s);
    CHECK(x.ask_all()["status"] == 404);
    CHECK_FALSE(other.via->handlers.contains("hawkeye.customer.cache.get"));
  }
  CHECK(x.slack().empty());
  CHECK(other.slack().empty());
}

TEST_CASE("that all devices have left is known to other instances, and after a restart") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service x{world, {}, memory};
  x.bridges.add_devices(3);
  world.pass(100ms);
  virtual_service follower{world, {}, memory};
  world.pass(5s);
  REQUIRE(follower.served() == 3);
  for (auto& [serial, device] : x.bridges.fleet)
    device.clients = json::array();
  next_refresh(world);
  CHECK(*memory->array == "[]");
  virtual_service next{world, {}, memory};
  next.bridges.hold = true;
  world.pass(5s);
  for (auto* each : {&x, &follower, &next})
    CHECK(each->ask_all()["status"] == 404);
}

TEST_CASE("what another instance's list lacked is counted from when that was read here") {
  fleet_of_100 f;
  f.world.pass(30min, 1s);
  bool while_refreshing = false;
  SUBCASE("before a refresh") {}
  SUBCASE("in the midst of a refresh") {
    while_refreshing = true;
  }
  const auto refresh = [&] {
    f.x.ask(R"({"body":{}})", "hawkeye.customer.cache.refresh");
    f.world.pass(10s);
  };
  auto memory = f.x.redis;
  f.cut_list_to(51);
  const auto cut = f.x.bridges.fleet;
  if (while_refreshing) {
    f.x.bridges.hold = true;
    refresh();
  } else {
    f.x.via->away = true;
  }
  // The other one's clock is behind: it asks just after the last question that it has read of.
  memory->lease.clear();
  f.world.wall_clock_jump = -3600;
  virtual_service other{f.world, {}, memory};
  f.world.settle();
  f.world.wall_clock_jump = 0;
  other.bridges.fleet = cut;
  f.world.pass(10s);
  REQUIRE(other.current()->served_as()[outcome::not_listed] == 49);
  other.via->away = true;
  f.x.via->away = false;
  memory->lease.clear();
  f.world.pass(2s);
  if (while_refreshing) {
    f.x.bridges.hold = false;
    f.x.bridges.release();
    f.world.pass(10s);
  } else {
    refresh();
  }
  REQUIRE(f.x.current()->served_as()[outcome::not_listed] == 49);
  f.world.pass(11min, 1s);
  CHECK(f.x.served() == 51);
}

TEST_CASE("retries about silent devices do not put off a confirmation") {
  settings with;
  with.refresh.deadline = 2min;
  fleet_of_100 f{with};
  f.cut_list_to(60);
  f.silence_bruin_below("S0060");
  f.world.pass(4h + 4min, 1s);
  REQUIRE(f.x.current()->served_as()[outcome::not_listed] == 40);
  f.world.pass(15min, 1s);
  CHECK(f.x.current()->served_as()[outcome::not_listed] == 0);
}
