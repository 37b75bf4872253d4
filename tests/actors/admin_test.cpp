// What operators ask, on the virtual clock.
#include <doctest/doctest.h>

#include "tests/support/virtual_admin.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

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
  CHECK(x.service.via->last_error_code == 0);
  CHECK(x.ask("explain")["status"] == 400);
  CHECK(x.service.via->last_error_code == 400);
}

TEST_CASE("an actor that a request needs and that does not answer is named in the status") {
  serving x;
  CHECK(x.ask("status")["body"]["problems"].empty());
  caf::anon_send_exit(x.service.instance->actors().responder, caf::exit_reason::kill);
  CHECK(x.ask("status")["body"]["problems"] == json{"rpc_responder does not answer"});
}

TEST_CASE("errors at Bruin are in the explanation, with their times") {
  settings with;
  with.bruin.attempts = 2;
  serving x{with};
  x.silence("S0003");
  x.ask("refresh");
  x.world.pass(5s);
  const auto record = x.explain("S0003")["body"];
  CHECK(record["outcome"] == "carried_over");
  CHECK(record["served"] == true);
  CHECK(record["carried_over_since"].get<std::string>().starts_with("2020-09-13T12:26:40"));
  CHECK(record["client"]["client_id"] == 9994);
  CHECK(record["management_status"] == "Pending");
  REQUIRE(record["errors"].size() == 2);
  CHECK(record["errors"][0]["question"] == "client_info");
  CHECK(record["errors"][0]["error"].get<std::string>().find("500") != std::string::npos);
  CHECK(record["errors"][0]["at"] == "2020-09-13T12:26:42Z");
}

TEST_CASE("a device that Hawkeye lists no more is explained as gone") {
  serving x;
  x.service.bridges.fleet.erase("S0000");
  x.ask("refresh");
  x.world.pass(2s);
  CHECK(x.explain("S0000")["body"]["served"] == true);
  CHECK(x.explain("S0000")["body"]["outcome"] == "not_listed");
  x.world.pass(11min, 1s);
  const auto record = x.explain("S0000")["body"];
  CHECK(record["served"] == false);
  CHECK(record["outcome"] == "gone");
  CHECK(record["outcome_before"] == "not_listed");
  CHECK(record["last_seen"]["version"] == 1);
  CHECK(record["probe"]["serialNumber"] == "S0000");
}

TEST_CASE("the history that does not fit into one reply is told as far as it does") {
  serving x;
  for (int i = 0; i < 5; ++i) {
    x.ask("refresh");
    x.world.pass(2s);
  }
  CHECK(x.ask("status", {{"history", true}})["body"].size() == 6);
  x.service.via->limit = 2500;
  const auto reply = x.ask("status", {{"history", true}});
  CHECK(reply["status"] == 200);
  CHECK(reply["body"].size() >= 2);
  CHECK(reply["body"].size() < 6);
  CHECK(reply["body"][0]["version"] == 6);
}

TEST_CASE("a wish for a refresh starts one at once; the history tells what it changed") {
  serving x;
  x.service.bridges.fleet.erase("S0000");
  x.service.bridges.fleet["S0001"].clients = json::array({{{"client_id", 5}}});
  CHECK(x.ask("refresh")["body"] == json{{"state", "started"}});
  x.world.pass(11min, 1s);
  const auto reports = x.ask("status", {{"history", true}})["body"];
  REQUIRE(reports.size() == 3);
  CHECK(reports[0]["trigger"] == "confirm");
  CHECK(reports[0]["lost"]["by_reason"] == json{{"gone", 1}});
  CHECK(reports[1]["version"] == 2);
  CHECK(reports[1]["trigger"] == "request");
  CHECK(reports[1]["gained"]["by_reason"] == json{{"no_customer", 1}});
  CHECK(reports[1]["gained"]["devices"][0]["serial_number"] == "S0001");
  CHECK(reports[2]["trigger"] == "start");
  CHECK(x.service.redis->reports.size() == 3);
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
  CHECK(x.ask("status", {{"history", true}})["body"].size() == 2);
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
  x.service.redis->explanations.reset();
  virtual_service other{x.world, {}, x.service.redis};
  x.world.pass(1s);
  const auto ask = [&](const char* serial) {
    return json::parse(*other.ask(json{{"body", {{"serial_number", serial}}}}.dump(),
                                  "hawkeye.customer.cache.explain"));
  };
  CHECK(ask("S0000")["body"]["served"] == true);
  CHECK(ask("S0000")["body"]["client"]["client_id"] == 9994);
  CHECK(ask("S0001")["status"] == 503);
}

TEST_CASE("without a journal a device whose removal waits is explained by that") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  {
    virtual_service before{world, {}, memory};
    before.bridges.add_devices(3);
    world.pass(1s);
  }
  memory->meta.reset(), memory->explanations.reset(); // as the older service leaves it
  virtual_service x{world, {}, memory};
  x.bridges.add_devices(2);
  world.pass(30s);
  const auto told = serving::ask(x, "explain", {{"serial_number", "S0002"}})["body"];
  CHECK(told["served"] == true);
  CHECK(told["outcome"] == "not_listed");
  CHECK(told["rule"] == rule_of(outcome::not_listed));
}

TEST_CASE(
    "what only Redis can tell is no 404 while Redis is away, and Redis is not asked each time") {
  serving x;
  virtual_service other{x.world, {}, x.service.redis};
  x.world.pass(1s);
  int asked = 0;
  x.service.redis->before = [&asked](const char* call) {
    const bool explanations = std::string_view{call} == "peek journal";
    asked += explanations ? 1 : 0;
    return explanations ? std::optional{failure{"no answer in time"}} : std::nullopt;
  };
  const auto explain = [&](const char* serial) {
    return serving::ask(other, "explain", {{"serial_number", serial}});
  };
  CHECK(explain("S0001")["status"] == 503);
  CHECK(explain("S0001")["status"] == 503);
  CHECK(explain("S0000")["body"]["served"] == true);
  CHECK(asked == 1);
  x.service.redis->before = nullptr;
  x.world.pass(6s);
  CHECK(explain("S0001")["body"]["outcome"] == "no_customer");
}

TEST_CASE("interval, concurrency and monitored statuses change while it runs") {
  settings with;
  serving x{with};
  with.refresh.interval = 10min;
  with.refresh.jitter = 0s;
  with.bruin.monitored_statuses = {"Cancelled"};
  with.bruin.concurrency = 1;
  x.service.instance->reload(with);
  CHECK(x.status()["bridges"]["limit"] == 1);
  x.service.bridges.hold = true;
  x.world.pass(10min + 2s, 1s);
  x.service.bridges.release(); // of Hawkeye's list
  x.world.pass(1s);
  CHECK(x.service.bridges.held.size() == 1);
  x.service.bridges.hold = false;
  x.service.bridges.release();
  x.world.pass(1s);
  CHECK(x.status()["snapshot"]["version"] == 2);
  CHECK(x.explain("S0002")["body"]["outcome"] == "monitored");
  CHECK(x.service.served() == 1);
}

TEST_CASE("the statistics tell what was wrong, and nothing of the request that it was wrong with") {
  serving x;
  const auto last_error = [&](std::size_t endpoint) {
    x.service.via->handlers.at("$SRV.>")({"$SRV.STATS", "srv.reply", "", false});
    const auto stats = json::parse(x.service.via->sent_to("srv.reply").back());
    return stats["endpoints"][endpoint]["last_error"].get<std::string>();
  };
  x.explain("SECRET");
  CHECK(last_error(3).empty()); // 404 answers the question
  for (const char* request : {"SECRET", R"({"body":{"last_contact_filter":"SECRET"}})"}) {
    x.service.ask(request);
    CHECK(last_error(0).starts_with("400: "));
    CHECK(last_error(0).find("expected ") != std::string::npos);
    CHECK(last_error(0).find("SECRET") == std::string::npos);
  }
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
  x.ask("explain");
  const auto stats = discover("$SRV.STATS.hawkeye-customer-cache." + id);
  CHECK(stats["endpoints"][3]["num_requests"] == 2);
  CHECK(stats["endpoints"][3]["num_errors"] == 1);
  CHECK(stats["endpoints"][3]["last_error"].get<std::string>().starts_with("400: "));
  CHECK(discover("$SRV.PING.another-service") == nullptr);
  CHECK(discover("$SRV.PING.hawkeye-customer-cache.another-id") == nullptr);
  CHECK(discover("$SRV.PINGS") == nullptr);
}
