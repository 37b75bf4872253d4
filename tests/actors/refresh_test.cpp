// A refresh, from the tick to the published snapshot, on the virtual clock.
#include <set>

#include <doctest/doctest.h>

#include "tests/support/virtual_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;

namespace {

fault_answer answers(std::string bytes) {
  return {false, false, std::move(bytes)};
}

/// Faults of hawkeye-bridge only.
fake_bridges::fault_hook hawkeye_fault(fault_answer wrong) {
  return [wrong](const std::string& subject, const nlohmann::json&) {
    return subject == "hawkeye.probe.request" ? std::optional{wrong} : std::nullopt;
  };
}

} // namespace

TEST_CASE("at start the fleet is fetched, resolved, published and served") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(10);
  service.bridges.fleet["S0003"].clients = nlohmann::json::array();
  service.bridges.fleet["S0004"].status = "Cancelled";
  service.bridges.fleet["S0005"].status = nullptr;
  world.pass(1s);
  CHECK(service.served() == 7);
  CHECK(service.redis->publishes == 1);
  const auto stored = nlohmann::json::parse(*service.redis->array);
  CHECK(stored == service.ask_all()["body"]);
  CHECK(stored[0]["serial_number"] == "S0009");
  CHECK(stored[0]["bruin_client_info"]["site_id"] == 343);
}

TEST_CASE("the next refresh comes after the interval, not before") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(3);
  world.pass(1s);
  world.pass(3h + 59min, 1min);
  CHECK(service.bridges.asked["hawkeye.probe.request"] == 1);
  world.pass(3min, 1s);
  CHECK(service.bridges.asked["hawkeye.probe.request"] == 2);
  CHECK(service.redis->publishes == 2);
}

TEST_CASE("wishes for a refresh during a refresh are coalesced with it") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(3);
  service.bridges.hold = true;
  world.pass(1s);
  CHECK(service.bridges.asked["hawkeye.probe.request"] == 1);
  caf::scoped_actor self{world.system};
  for (int i = 0; i < 3; ++i) {
    const auto answer = self->request(service.instance->actors().scheduler, caf::infinite,
                                      refresh_atom_v, std::string{});
    world.settle();
    auto state = refresh_state::started;
    const_cast<std::decay_t<decltype(answer)>&>(answer).receive(
        [&](refresh_state x) { state = x; }, [](const caf::error&) { FAIL("no answer"); });
    CHECK(state == refresh_state::running);
  }
  service.bridges.hold = false;
  service.bridges.release();
  world.pass(1min, 1s);
  CHECK(service.bridges.asked["hawkeye.probe.request"] == 1);
  CHECK(service.served() == 3);
}

TEST_CASE("whatever hawkeye-bridge does wrong is retried with growing pauses and harms nothing") {
  const std::vector<std::pair<const char*, fault_answer>> faults{
      {"no responders", {false, true, ""}},
      {"silence", {true, false, ""}},
      {"garbage", answers("<html>504</html>")},
      {"nothing", answers("")},
      {"status null", answers(R"({"body":[],"status":null})")},
      {"status 500", answers(R"({"body":"Internal error","status":500})")},
      {"an empty list", answers(R"({"body":[],"status":200})")},
      {"no list", answers(R"({"body":{"probes":[]},"status":200})")},
      {"null", answers(R"({"body":null,"status":200})")},
  };
  for (const auto& [name, wrong] : faults) {
    CAPTURE(name);
    virtual_system world;
    virtual_service service{world};
    service.bridges.add_devices(5);
    world.pass(1s);
    REQUIRE(service.served() == 5);
    const auto before = *service.redis->array;
    service.bridges.fault = hawkeye_fault(wrong);
    world.pass(4h + 2min, 1min);
    world.pass(5min, 1s);
    const auto tries = service.bridges.asked["hawkeye.probe.request"];
    CHECK(tries >= 3);
    CHECK(tries <= 20);
    CHECK(service.served() == 5);
    CHECK(*service.redis->array == before);
    service.bridges.fault = nullptr;
    world.pass(6min, 1s);
    CHECK(service.redis->publishes == 2);
  }
}

TEST_CASE("ten failed attempts in a row make one message, and so does the end of it") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  service.bridges.fault = hawkeye_fault({false, true, ""});
  while (service.bridges.asked["hawkeye.probe.request"] < 10)
    world.pass(1s);
  world.pass(2s);
  REQUIRE(service.slack().size() == 1);
  CHECK(service.slack()[0].find("[hawkeye-customer-cache]") != std::string::npos);
  world.pass(1h, 1s);
  CHECK(service.slack().size() == 1);
  service.bridges.fault = nullptr;
  world.pass(6min, 1s);
  CHECK(service.slack().size() == 2);
  CHECK(service.served() == 5);
}

TEST_CASE("a refresh that finds no monitored device takes nobody out until a second one says the "
          "same") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  world.pass(1s);
  for (auto& [serial, device] : service.bridges.fleet)
    device.status = "Cancelled";
  world.pass(4h + 2min, 1s);
  CHECK(service.served() == 5);
  world.pass(11min, 1s);
  CHECK(service.ask_all()["status"] == 404);
}

TEST_CASE("a call that fails is tried again, as often as configured and no more") {
  for (const std::size_t failing : {1, 2, 3}) {
    CAPTURE(failing);
    virtual_system world;
    virtual_service service{world};
    service.bridges.add_devices(5);
    std::map<std::string, std::size_t> tries;
    service.bridges.fault = [&](const std::string& subject, const nlohmann::json& body) {
      const auto key = subject + body.dump();
      const bool wrong = subject == "bruin.customer.get.info" && body["service_number"] == "S0002"
                         && tries[key]++ < failing;
      return wrong ? std::optional{answers(R"({"body":"no","status":503})")} : std::nullopt;
    };
    world.pass(5s);
    CHECK(service.served() == (failing < 3 ? 5 : 4));
    CHECK(service.bridges.asked["bruin.customer.get.info"]
          == 5 + std::min<std::size_t>(failing, 2));
  }
}

TEST_CASE("a clear no is not asked twice") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  service.bridges.fleet["S0001"].clients = nlohmann::json::array();
  service.bridges.fleet["S0002"].status = nullptr;
  world.pass(5s);
  CHECK(service.bridges.asked["bruin.customer.get.info"] == 5);
  CHECK(service.bridges.asked["bruin.inventory.management.status"] == 4);
}

TEST_CASE("serials with several clients make one message, and none while the list stays the same") {
  virtual_system world;
  settings with;
  with.notifier.email_recipient = "noc@example.com";
  virtual_service service{world, with};
  service.bridges.add_devices(5);
  service.bridges.fleet["S0001"].clients.push_back({{"client_id", 7}, {"client_name", "OTHER"}});
  world.pass(1s);
  REQUIRE(service.slack().size() == 1);
  CHECK(service.slack()[0].find("S0001") != std::string::npos);
  const auto mails = service.via->sent_to("notification.email.request");
  REQUIRE(mails.size() == 1);
  CHECK(nlohmann::json::parse(mails[0])["body"]["email_data"]["recipient"] == "noc@example.com");
  world.pass(4h + 2min, 1min);
  CHECK(service.slack().size() == 1);
  service.bridges.fleet["S0002"].clients.push_back({{"client_id", 7}, {"client_name", "OTHER"}});
  world.pass(4h + 2min, 1min);
  CHECK(service.slack().size() == 2);
}

TEST_CASE("at a Bruin too slow for the fleet every device is asked about, over some refreshes") {
  virtual_system world;
  settings with;
  with.refresh.deadline = 1min;
  with.refresh.interval = 1h;
  virtual_service service{world, with};
  service.bridges.add_devices(100);
  std::set<std::string> asked;
  std::size_t calls = 0;
  service.bridges.fault = [&](const std::string& subject,
                              const nlohmann::json& body) -> std::optional<fault_answer> {
    if (subject == "hawkeye.probe.request")
      calls = 0;
    if (subject != "bruin.customer.get.info")
      return {};
    asked.insert(body["service_number"]);
    // Thirty answers for each refresh, and then silence.
    return ++calls <= 30 ? std::nullopt : std::optional{fault_answer{true, false, ""}};
  };
  world.pass(59s, 1s);
  CHECK(asked.size() < 100);
  world.pass(12h, 1s);
  CHECK(asked.size() == 100);
}
