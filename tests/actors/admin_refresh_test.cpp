// Wishes of operators for a refresh, on the virtual clock.
#include <doctest/doctest.h>

#include "tests/support/virtual_admin.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

TEST_CASE("one device is refreshed alone: nothing else is asked, nothing else changes") {
  serving x;
  const auto served = x.service.ask_all()["body"];
  x.service.bridges.fleet["S0001"].clients = json::array({{{"client_id", 5}}});
  x.service.bridges.fleet["S0003"].clients = json::array({{{"client_id", 6}}});
  const auto asked = x.service.bridges.asked["bruin.customer.get.info"];
  CHECK(x.ask("refresh", {{"serial_number", "S0001"}})["status"] == 202);
  x.world.pass(2s);
  CHECK(x.service.bridges.asked["bruin.customer.get.info"] == asked + 1);
  const auto now = x.service.ask_all()["body"];
  REQUIRE(now.size() == served.size() + 1);
  for (const auto& device : served)
    CHECK(std::find(now.begin(), now.end(), device) != now.end());
  const auto status = x.ask("status")["body"];
  CHECK(status["snapshot"]["version"] == 2);
  CHECK(status["snapshot"]["outcomes"]["monitored"] == 3);
  CHECK(status["snapshot"]["outcomes"]["no_customer"] == 0);
  CHECK(x.explain("S0001")["body"]["outcome"] == "monitored");
  CHECK(x.explain("S0000")["body"]["outcome"] == "monitored");
}

TEST_CASE("a single device that cannot be refreshed changes nothing, and it is said why") {
  serving x;
  x.ask("refresh", {{"serial_number", "NOBODY"}});
  x.world.pass(2s);
  const auto status = x.ask("status")["body"];
  CHECK(status["healthy"] == true);
  CHECK(status["refresh"]["last_result"] == "failed");
  CHECK(status["refresh"]["last_reason"] == "Hawkeye does not list this serial number");
  CHECK(status["refresh"]["failures_in_a_row"] == 0);
  CHECK(status["snapshot"]["version"] == 1);
  x.world.pass(4h + 2min, 1s);
  CHECK(x.ask("status")["body"]["snapshot"]["version"] == 2); // the next one came as it was due
}

TEST_CASE("a wish for a device that is being refreshed, or waits for it, makes no second refresh") {
  serving x;
  x.service.bridges.hold = true;
  const json one{{"serial_number", "S0000"}}, other{{"serial_number", "S0003"}};
  CHECK(x.ask("refresh", one)["body"]["state"] == "started");
  x.world.pass(1s);
  CHECK(x.ask("refresh", one)["body"]["state"] == "running");
  CHECK(x.ask("refresh", other)["body"]["state"] == "started");
  CHECK(x.ask("refresh", other)["body"]["state"] == "started");
  CHECK(x.status()["refresh"]["serial_number"] == "S0000");
  x.service.bridges.hold = false;
  x.service.bridges.release();
  x.world.pass(5s);
  const auto refresh = x.status()["refresh"];
  CHECK(refresh["ended"] == 3);
  REQUIRE(refresh["recent"].size() == 3);
  CHECK(refresh["recent"][0]["serial_number"] == "S0003");
  CHECK(refresh["recent"][1]["serial_number"] == "S0000");
  CHECK(refresh["recent"][2]["serial_number"] == nullptr);
  CHECK(x.ask("status", {{"history", true}})["body"][0]["serial_number"] == "S0003");
}

TEST_CASE("the last ten ends of refreshes are told, also of those that published nothing") {
  serving x;
  x.service.bridges.fault = [](const std::string& subject, const json&) {
    return subject == "hawkeye.probe.request"
               ? std::optional{fault_answer{false, false, R"({"body":"no","status":500})"}}
               : std::nullopt;
  };
  x.ask("refresh");
  x.world.pass(1h, 1s);
  const auto refresh = x.status()["refresh"];
  CHECK(refresh["recent"].size() == 10);
  CHECK(refresh["recent"][0]["result"] == "failed");
  CHECK(refresh["recent"][0]["reason"].get<std::string>().find("500") != std::string::npos);
  CHECK(refresh["last_reason"] == refresh["recent"][0]["reason"]);
  CHECK(x.status()["healthy"] == false);
}

TEST_CASE("of two instances both tell how the refreshes of the one go that makes them") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  settings with; // one failed attempt: after two in a row the other one would try
  with.refresh.retry_min = with.refresh.retry_max = 1min;
  virtual_service a{world, with, memory}, b{world, with, memory};
  connect(a, b);
  for (auto* each : {&a, &b}) {
    each->bridges.add_devices(3);
    each->bridges.fault = [](const std::string& subject, const json&) {
      return subject == "hawkeye.probe.request" ? std::optional{fault_answer{false, true, ""}}
                                                : std::nullopt;
    };
  }
  world.pass(20s);
  auto& leader = fetches(a) > 0 ? a : b;
  auto& follower = &leader == &a ? b : a;
  const auto told = serving::ask(follower, "status")["body"],
             own = serving::ask(leader, "status")["body"];
  CHECK(told["lease"] == "another");
  CHECK(own["lease"] == "ours");
  CHECK(told["refresh"] == own["refresh"]);
  CHECK(told["bridges"] == own["bridges"]);
  CHECK(told["problems"] == own["problems"]);
  CHECK(told["refresh"]["failures_in_a_row"].get<int>() == 1);
  const auto attempts = fetches(leader);
  CHECK(serving::ask(follower, "refresh")["body"]["state"] == "started");
  world.pass(100ms);
  CHECK(fetches(leader) == attempts + 1);
  CHECK(fetches(follower) == 0);
}

TEST_CASE("an instance that refreshes and does not answer makes the others not healthy") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory}, b{world, {}, memory}; // they cannot reach each other
  a.bridges.add_devices(3), b.bridges.add_devices(3);
  world.pass(5s);
  auto& follower = fetches(a) > 0 ? b : a;
  json status;
  follower.via->deliver("hawkeye.customer.cache.status", "later", R"({"body":{}})");
  world.pass(1s);
  status = json::parse(follower.via->sent_to("later").at(0))["body"];
  CHECK(status["healthy"] == false);
  CHECK(status["problems"] == json{"the instance that refreshes does not answer"});
  CHECK(status["refresh"]["instance"] == status["service"]["instance"]);
  follower.via->deliver("hawkeye.customer.cache.refresh", "wish", R"({"body":{}})");
  world.pass(3s);
  CHECK(json::parse(follower.via->sent_to("wish").at(0))["status"] == 503);
}
