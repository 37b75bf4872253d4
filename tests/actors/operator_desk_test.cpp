// What operators ask, on the virtual clock.
#include <doctest/doctest.h>

#include "tests/support/virtual_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

struct serving {
  explicit serving(settings with = {}) : service{world, with} {
    service.bridges.add_devices(4);
    service.bridges.fleet["S0001"].clients = json::array();
    service.bridges.fleet["S0002"].status = "Cancelled";
    world.pass(2s);
  }
  json ask(const std::string& what, const json& body = json::object()) {
    const auto reply = service.ask(json{{"request_id", 1}, {"body", body}}.dump(),
                                   "hawkeye.customer.cache." + what);
    return reply ? json::parse(*reply) : json{};
  }
  json explain(const std::string& serial) {
    return ask("explain", {{"serial_number", serial}});
  }
  virtual_system world;
  virtual_service service;
};

} // namespace

TEST_CASE("every device of the last refresh is explained, in or out; an unknown one is a 404") {
  serving x;
  const auto in = x.explain("S0000");
  CHECK(in["status"] == 200);
  CHECK(in["request_id"] == 1);
  CHECK(in["body"]["outcome"] == "monitored");
  CHECK(in["body"]["probe"]["serialNumber"] == "S0000");
  CHECK(x.explain("S0001")["body"]["outcome"] == "no_customer");
  CHECK(x.explain("S0002")["body"]["management_status"] == "Cancelled");
  const auto unknown = x.explain("NOBODY");
  CHECK(unknown["status"] == 404);
  CHECK(unknown["body"].get<std::string>().find("NOBODY") != std::string::npos);
  CHECK(x.service.via->last_error_code == 404);
  CHECK(x.ask("explain")["status"] == 400);
}

TEST_CASE("errors at Bruin are in the explanation, with their times") {
  settings with;
  with.bruin.attempts = 2;
  serving x{with};
  x.service.bridges.fault = [](const std::string& subject, const json& body) {
    return subject == "bruin.customer.get.info" && body["service_number"] == "S0003"
               ? std::optional{fault_answer{false, false, R"({"body":"oh","status":500})"}}
               : std::nullopt;
  };
  x.ask("refresh");
  x.world.pass(5s);
  const auto record = x.explain("S0003")["body"];
  CHECK(record["outcome"] == "carried_over");
  CHECK(record["served"] == true);
  CHECK(record["carried_over_since"].is_string());
  REQUIRE(record["errors"].size() == 2);
  CHECK(record["errors"][0]["question"] == "client_info");
  CHECK(record["errors"][0]["error"].get<std::string>().find("500") != std::string::npos);
}

TEST_CASE("a wish for a refresh starts one at once; the history tells what it changed") {
  serving x;
  x.service.bridges.fleet.erase("S0000");
  x.service.bridges.fleet["S0001"].clients = json::array({{{"client_id", 5}}});
  CHECK(x.ask("refresh")["body"] == json{{"state", "started"}});
  x.world.pass(2s);
  const auto reports = x.ask("status", {{"history", true}})["body"]["refreshes"];
  REQUIRE(reports.size() == 2);
  CHECK(reports[0]["version"] == 2);
  CHECK(reports[0]["trigger"] == "request");
  CHECK(reports[0]["lost"]["by_reason"] == json{{"gone", 1}});
  CHECK(reports[0]["gained"]["by_reason"] == json{{"no_customer", 1}});
  CHECK(reports[0]["gained"]["devices"][0]["serial_number"] == "S0001");
  CHECK(reports[1]["trigger"] == "start");
  CHECK(x.service.redis->reports.size() == 2);
}

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
  CHECK(x.explain("S0000")["body"]["gone_since"] == nullptr);
}

TEST_CASE("a single device that cannot be refreshed changes nothing, and it is said why") {
  serving x;
  x.ask("refresh", {{"serial_number", "NOBODY"}});
  x.world.pass(2s);
  const auto status = x.ask("status")["body"];
  CHECK(status["refresh"]["last_result"] == "failed");
  CHECK(status["refresh"]["last_reason"] == "Hawkeye does not list this serial number");
  CHECK(status["refresh"]["failures_in_a_row"] == 0);
  CHECK(status["snapshot"]["version"] == 1);
  x.world.pass(4h + 2min, 1s);
  CHECK(x.ask("status")["body"]["snapshot"]["version"] == 2); // the next one came as it was due
}

TEST_CASE("status tells how far a running refresh is") {
  serving x;
  x.service.bridges.hold = true;
  x.ask("refresh");
  x.world.pass(1s);
  CHECK(x.ask("status")["body"]["refresh"]["phase"] == "fetching");
  x.service.bridges.release();
  x.world.pass(1s);
  const auto running = x.ask("status")["body"]["refresh"];
  CHECK(running["running"] == true);
  CHECK(running["phase"] == "resolving");
  CHECK(running["total"] == 4);
  CHECK(x.ask("refresh")["body"] == json{{"state", "running"}});
  x.service.bridges.hold = false;
  x.service.bridges.release();
  x.world.pass(2s);
  CHECK(x.ask("status")["body"]["refresh"]["running"] == false);
}

TEST_CASE("with Redis away status says so, explanations come from memory, and the history is "
          "written once it is back") {
  serving x;
  x.service.redis->away = true;
  x.ask("refresh");
  x.world.pass(5s);
  const auto status = x.ask("status")["body"];
  CHECK(status["healthy"] == false);
  CHECK(status["redis"]["ok"] == false);
  CHECK(x.explain("S0000")["body"]["last_seen"]["version"] == 2);
  CHECK(x.ask("status", {{"history", true}})["body"]["refreshes"].size() == 2);
  x.service.redis->away = false;
  x.world.pass(10s);
  REQUIRE(x.service.redis->reports.size() == 2);
  CHECK(json::parse(x.service.redis->reports[0])["in_redis"] == false);
  CHECK(x.ask("status")["body"]["healthy"] == true);
}

TEST_CASE("what one instance found out another one explains, also after a restart") {
  serving x;
  virtual_service other{x.world, {}, x.service.redis};
  x.world.pass(1s);
  const auto reply =
      other.ask(R"({"body":{"serial_number":"S0002"}})", "hawkeye.customer.cache.explain");
  REQUIRE(reply);
  CHECK(json::parse(*reply)["body"]["management_status"] == "Cancelled");
}

TEST_CASE("without a journal a restored device is explained by what is known") {
  serving x;
  x.service.redis->journal.reset();
  virtual_service other{x.world, {}, x.service.redis};
  x.world.pass(1s);
  const auto ask = [&](const char* serial) {
    return json::parse(*other.ask(json{{"body", {{"serial_number", serial}}}}.dump(),
                                  "hawkeye.customer.cache.explain"));
  };
  CHECK(ask("S0000")["body"]["served"] == true);
  CHECK(ask("S0001")["status"] == 404);
}

TEST_CASE("interval, concurrency and monitored statuses change while it runs") {
  settings with;
  serving x{with};
  with.refresh.interval = 10min;
  with.refresh.jitter = 0s;
  with.bruin.monitored_statuses = {"Cancelled"};
  x.service.instance->reload(with);
  x.world.pass(10min + 2s, 1s);
  CHECK(x.ask("status")["body"]["snapshot"]["version"] == 2);
  CHECK(x.explain("S0002")["body"]["outcome"] == "monitored");
  CHECK(x.service.served() == 1);
}

TEST_CASE("every instance answers $SRV.PING, INFO and STATS for itself, and for nobody else") {
  serving x;
  const auto discover = [&](const std::string& subject) {
    x.service.via->handlers.at("$SRV.>")({subject, "srv.reply", "", false});
    const auto replies = x.service.via->sent_to("srv.reply");
    x.service.via->published.clear();
    return replies.empty() ? json{} : json::parse(replies[0]);
  };
  const auto ping = discover("$SRV.PING");
  CHECK(ping["name"] == "hawkeye-customer-cache");
  const std::string id = ping["id"];
  CHECK(discover("$SRV.INFO.hawkeye-customer-cache")["endpoints"][2]["subject"]
        == "hawkeye.customer.cache.refresh");
  x.explain("NOBODY");
  const auto stats = discover("$SRV.STATS.hawkeye-customer-cache." + id);
  CHECK(stats["endpoints"][3]["num_requests"] == 1);
  CHECK(stats["endpoints"][3]["num_errors"] == 1);
  CHECK(stats["endpoints"][3]["last_error"].get<std::string>().starts_with("404: "));
  CHECK(discover("$SRV.PING.another-service") == nullptr);
  CHECK(discover("$SRV.PING.hawkeye-customer-cache.another-id") == nullptr);
  CHECK(discover("$SRV.PINGS") == nullptr);
}
