// Faults around a change of the leader, a restart, and the messages to operators, on the virtual
// clock.
#include <doctest/doctest.h>

#include "tests/support/virtual_admin.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

const std::string info = "bruin.customer.get.info";
const std::string status_of_device = "bruin.inventory.management.status";

void leave(virtual_service& x, const std::string& first, const std::string& end) {
  auto& fleet = x.bridges.fleet;
  fleet.erase(fleet.lower_bound(first), fleet.lower_bound(end));
}

bool some_says(const std::vector<std::string>& messages, const std::string& text) {
  return std::any_of(messages.begin(), messages.end(),
                     [&](const std::string& one) { return one.find(text) != std::string::npos; });
}

fake_bridges::fault_hook silent_below(const std::string& serial_number) {
  return [serial_number](const std::string& subject, const json& body) {
    return subject == info && body["service_number"].get<std::string>() < serial_number
               ? std::optional{fault_answer{false, true, ""}}
               : std::nullopt;
  };
}

} // namespace

TEST_CASE("the 101st device that is requested is refreshed, with all others") {
  serving x;
  bool silent = true;
  x.service.bridges.fault = [&](const std::string& subject, const json& body) {
    return silent && subject == info && body["service_number"] == "S0001"
               ? std::optional{fault_answer{true, false, ""}}
               : std::nullopt;
  };
  x.ask("refresh");
  x.world.pass(75s);
  REQUIRE(fetches(x.service) == 2);
  REQUIRE(x.status()["refresh"]["phase"] == "resolving");
  for (int i = 0; i < 100; ++i)
    REQUIRE(x.ask("refresh", {{"serial_number", "T" + std::to_string(i)}})["body"]["state"]
            == "started");
  x.service.bridges.fleet["S0000"].clients[0]["client_id"] = 5;
  REQUIRE(x.ask("refresh", {{"serial_number", "S0000"}})["body"]["state"] == "started");
  silent = false;
  x.world.pass(1h, 1s);
  REQUIRE(x.status()["refresh"]["ended"].get<int>() >= 102);
  bool moved = false;
  const auto reply = x.service.ask_all();
  REQUIRE(reply["body"].size() == 2);
  for (const auto& device : reply["body"])
    moved = moved || device["bruin_client_info"]["client_id"] == 5;
  CHECK(moved);
}

TEST_CASE("the end of an incident is told although Redis was emptied meanwhile") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(100);
  world.pass(5s);
  REQUIRE(x.served() == 100);
  leave(x, "S0010", "S0059");
  world.pass(4h + 2min, 1s);
  REQUIRE(x.slack().size() == 1);
  REQUIRE(some_says(x.slack(), "49 of 100 devices would be removed"));
  x.redis->array.reset();
  x.redis->meta.reset();
  x.redis->incidents.reset();
  x.redis->explanations.reset();
  x.redis->reports.clear();
  world.pass(15min, 1s);
  REQUIRE(x.served() == 51);
  CHECK(some_says(x.slack(), "No device waits to be removed any more"));
}

TEST_CASE("the message that ends an incident tells how many were removed") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(100);
  world.pass(5s);
  leave(x, "S0010", "S0059");
  world.pass(4h + 2min, 1s);
  REQUIRE(x.current()->served_as()[outcome::not_listed] == 49);
  leave(x, "S0060", "S0061");
  x.ask(R"({"body":{"serial_number":"S0060"}})", "hawkeye.customer.cache.refresh");
  world.pass(25min, 1s);
  REQUIRE(x.served() == 50);
  REQUIRE(some_says(x.slack(), "No device waits to be removed any more"));
  CHECK(some_says(x.slack(), "50 were removed"));
  CHECK_FALSE(some_says(x.slack(), ": 1 were removed, the others are served as before"));
}

TEST_CASE("a cut list is no news that Bruin answers for all devices again") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(100);
  world.pass(5s);
  x.bridges.fault = silent_below("S0010");
  while (x.current()->served_as()[outcome::carried_over] == 0)
    world.pass(1s);
  world.pass(1s);
  REQUIRE(some_says(x.slack(), "Bruin did not answer for 10 of 100 devices"));
  leave(x, "S0000", "S0010"); // the list of the retry lacks just these
  world.pass(2min, 1s);
  CHECK_FALSE(some_says(x.slack(), "Bruin answers for all devices again"));
}

TEST_CASE("the same list of ambiguous serials is not told again after a bad day") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(5);
  x.bridges.fleet["S0001"].clients.push_back({{"client_id", 7}, {"client_name", "OTHER"}});
  world.pass(5s);
  REQUIRE(x.slack().size() == 1);
  x.bridges.fault = [](const std::string& subject, const json& body) {
    return subject == info && body["service_number"] == "S0001"
               ? std::optional{fault_answer{false, true, ""}}
               : std::nullopt;
  };
  next_refresh(world);
  x.bridges.fault = nullptr;
  next_refresh(world);
  std::size_t told = 0;
  for (const auto& text : x.slack())
    told += text.find("more than one client") != std::string::npos;
  CHECK(told == 1);
}

TEST_CASE("serials with several clients are told although Bruin is always silent for some device") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(5);
  const auto tell = [&x](const std::string& serial) {
    x.bridges.fleet[serial].clients.push_back({{"client_id", 7}, {"client_name", "OTHER"}});
  };
  tell("S0001");
  world.pass(5s);
  REQUIRE(x.slack().size() == 1);
  tell("S0002");
  for (const auto* const silent : {"S0001", "S0004"}) {
    x.bridges.fault = [silent](const std::string& subject, const json& body) {
      return subject == info && body["service_number"] == silent
                 ? std::optional{fault_answer{false, true, ""}}
                 : std::nullopt;
    };
    next_refresh(world);
  }
  std::vector<std::string> told;
  for (const auto& text : x.slack())
    if (text.find("more than one client") != std::string::npos)
      told.push_back(text);
  REQUIRE(told.size() == 2);
  CHECK(told[1].find("S0001") != std::string::npos);
  CHECK(told[1].find("S0002") != std::string::npos);
}

TEST_CASE("an instance that may not ask for the status gives the lease back") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(11);
  a.bridges.fleet["S0000"].clients = json::array(); // one probe without a customer, as there are
  world.pass(5s);
  virtual_service b{world, {}, memory};
  b.bridges.fleet = a.bridges.fleet;
  connect(a, b);
  world.pass(3h, 1s);
  REQUIRE(a.served() == 10);
  // One device is looked at by an operator, so its last answer is later than the others'.
  a.ask(R"({"body":{"serial_number":"S0005"}})", "hawkeye.customer.cache.refresh");
  world.pass(5s);
  a.bridges.fault = [](const std::string& subject, const json&) {
    return subject == status_of_device ? std::optional{fault_answer{false, true, ""}}
                                       : std::nullopt;
  };
  SUBCASE("within some hours") {
    world.pass(12h, 1s);
    CHECK(fetches(b) >= 1);
  }
  SUBCASE("before records are too old") {
    for (int i = 0; i < 40 && b.served() == 10; ++i)
      world.pass(1h, 1s);
    CHECK(b.served().value_or(0) == 10);
  }
}

TEST_CASE("that one device waits does not hide that half of the fleet does") {
  settings with;
  with.refresh.guard_confirm_after = 6h;
  virtual_system world;
  virtual_service x{world, with};
  x.bridges.add_devices(100);
  world.pass(5s);
  leave(x, "S0010", "S0011");
  world.pass(4h + 2min, 1s);
  REQUIRE(some_says(x.slack(), "1 of 100 devices would be removed"));
  leave(x, "S0020", "S0069");
  world.pass(4h + 2min, 1s);
  REQUIRE(x.current()->served_as()[outcome::not_listed] == 50);
  world.pass(90min, 1s);
  CHECK(some_says(x.slack(), "50 of 100 devices would be removed"));
}

TEST_CASE("one device of which Bruin is silent does not hide that it is of all") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(100);
  x.bridges.fleet["T0000"].clients = json::array({{{"client_id", nullptr}}});
  world.pass(5s);
  REQUIRE(some_says(x.slack(), "Bruin did not answer for 1 of 101 devices"));
  world.pass(1h, 1s);
  x.bridges.fault = silent_below("U");
  world.pass(20h, 1s);
  REQUIRE(x.current()->served_as()[outcome::carried_over] == 100);
  CHECK(some_says(x.slack(), "Bruin did not answer for 101 of 101 devices"));
}

TEST_CASE("an instance that finds Redis away joins nobody's queue with a part") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>(), dead = std::make_shared<redis_memory>();
  dead->away = true;
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(100);
  world.pass(5s);
  virtual_service b{world, {}, dead};
  b.bridges.add_devices(100);
  connect(a, b);
  SUBCASE("Bruin is silent about most") {
    b.bridges.fault = silent_below("S0095");
  }
  SUBCASE("Hawkeye's list is cut") {
    leave(b, "S0010", "S0059");
  }
  world.pass(6min, 1s);
  REQUIRE(a.served() == 100);
  const auto reply = b.ask(R"({"request_id":1,"body":{}})");
  CHECK((!reply || json::parse(*reply)["body"].size() == 100));
}

TEST_CASE("an incident that Redis did not take at first is ended by the next leader") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(100);
  world.pass(5s);
  virtual_service b{world, {}, memory};
  b.bridges.add_devices(100);
  connect(a, b);
  world.pass(5s);
  a.bridges.fault = silent_below("S0010");
  memory->refuses = "it refuses to write: it is a replica";
  memory->renews = true;
  while (a.slack().empty())
    world.pass(1s);
  REQUIRE(some_says(a.slack(), "Bruin did not answer for 10 of 100"));
  world.pass(3s);
  memory->refuses.clear(); // the failover is over
  world.pass(1h, 1s);
  REQUIRE(a.current()->served_as()[outcome::carried_over] == 10);
  REQUIRE(b.current()->served_as()[outcome::carried_over] == 10);
  a.via->away = true; // b takes over, and Bruin answers it
  world.pass(30s, 1s);
  a.via->away = false;
  world.pass(10min, 1s);
  REQUIRE(fetches(b) >= 1);
  REQUIRE(b.current()->served_as()[outcome::carried_over] == 0);
  SUBCASE("its end is told") {
    CHECK((some_says(a.slack(), "answers for all") || some_says(b.slack(), "answers for all")));
  }
  SUBCASE("the next one is told, too") {
    world.pass(4h, 1s);
    b.via->away = true; // back to a
    world.pass(30s, 1s);
    b.via->away = false;
    const auto before = a.slack().size();
    world.pass(5h, 1s);
    REQUIRE(a.current()->served_as()[outcome::carried_over] == 10);
    CHECK(a.slack().size() > before);
  }
}

TEST_CASE("a wall clock that is hours ahead at a restart expires no record") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  auto a = std::make_unique<virtual_service>(world, settings{}, memory);
  a->bridges.add_devices(5);
  world.pass(5s);
  a->bridges.fault = silent_below("S0001");
  world.pass(20h + 15min, 1s);
  REQUIRE(a->state_of("S0000")->why_in() == outcome::carried_over);
  a.reset();
  SUBCASE("it is right") {}
  SUBCASE("it is seven hours ahead") {
    world.wall_clock_jump = 7 * 3600;
  }
  SUBCASE("it was five hours behind, and is right again") {
    world.wall_clock_jump = -5 * 3600;
    a = std::make_unique<virtual_service>(world, settings{}, memory);
    a->bridges.add_devices(5);
    a->bridges.fault = silent_below("S0001");
    world.pass(1min);
    REQUIRE(fetches(*a) == 1);
    REQUIRE(a->served() == 5);
    a.reset();
    world.wall_clock_jump = 0;
  }
  a = std::make_unique<virtual_service>(world, settings{}, memory);
  a->bridges.add_devices(5);
  a->bridges.fault = silent_below("S0001");
  world.pass(1min);
  REQUIRE(fetches(*a) == 1);
  CHECK(a->served().value_or(0) == 5); // Bruin has been silent for twenty hours, not for a day
}

TEST_CASE("who takes over while removals wait tells of them") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(100);
  world.pass(5s);
  virtual_service b{world, {}, memory};
  b.bridges.add_devices(100);
  connect(a, b);
  world.pass(5s);
  leave(a, "S0010", "S0059");
  leave(b, "S0010", "S0059");
  a.bridges.fault = [&a](const std::string& subject, const json& body) {
    if (subject == status_of_device && body["service_number"] == "S0099")
      a.via->away = true; // just after the last question
    return std::optional<fault_answer>{};
  };
  while (!a.via->away)
    world.pass(1s);
  world.pass(10s);
  REQUIRE(b.current()->served_as()[outcome::not_listed] == 49);
  world.pass(20min, 1s);
  REQUIRE(b.served() == 51); // b has removed them
  CHECK(some_says(b.slack(), "49 of 100 devices would be removed"));
  CHECK(some_says(b.slack(), "49 were removed"));
  SUBCASE("no false news once NATS is back") {
    a.via->away = false;
    world.pass(1min, 1s);
    CHECK_FALSE(some_says(a.slack(), "49 of 100 devices would be removed"));
  }
}

TEST_CASE("what Redis held before the restart does not undo a customer's change") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  auto a = std::make_unique<virtual_service>(world, settings{}, memory);
  a->bridges.add_devices(5);
  world.pass(10min, 1s);
  a.reset();
  memory->away = true;
  SUBCASE("the wall clock is right") {}
  SUBCASE("it is an hour behind") {
    world.wall_clock_jump = -3600;
  }
  a = std::make_unique<virtual_service>(world, settings{}, memory);
  a->bridges.add_devices(5);
  a->bridges.fleet["S0001"].clients[0]["client_id"] = 5;
  const auto client = [&] {
    const auto reply = a->ask_all();
    for (const auto& device : reply.value("body", json::array()))
      if (device["serial_number"] == "S0001")
        return device["bruin_client_info"]["client_id"].get<int>();
    return 0;
  };
  world.pass(1min, 1s);
  REQUIRE(client() == 5);
  memory->away = false;
  world.pass(20min, 1s);
  CHECK(client() == 5);
}

TEST_CASE("what Redis held before the restart removes no device that is back") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  auto a = std::make_unique<virtual_service>(world, settings{}, memory);
  a->bridges.add_devices(5);
  world.pass(10s);
  REQUIRE(a->served() == 5);
  a->bridges.fleet["S0002"].status = nullptr;
  a->ask(R"({"body":{"serial_number":"S0002"}})", "hawkeye.customer.cache.refresh");
  world.pass(10min, 1s);
  REQUIRE(a->served() == 4);
  a.reset();
  memory->away = true;
  SUBCASE("the wall clock is right") {}
  SUBCASE("it is an hour behind") {
    world.wall_clock_jump = -3600;
  }
  a = std::make_unique<virtual_service>(world, settings{}, memory);
  a->bridges.add_devices(5); // Bruin says Pending again
  world.pass(1min, 1s);
  REQUIRE(a->served() == 5);
  memory->away = false;
  world.wall_clock_jump = 0;
  world.pass(20min, 1s);
  CHECK(a->served().value_or(0) == 5);
}

TEST_CASE("while Redis refuses to write nobody says that the leader does not refresh") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(5);
  world.pass(5s);
  virtual_service b{world, {}, memory};
  b.bridges.add_devices(5);
  connect(a, b);
  world.pass(1min, 1s);
  memory->refuses = "it refuses to write: its memory is full";
  memory->renews = true;
  world.pass(13h, 1s);
  REQUIRE(fetches(a) == 4); // it does refresh
  for (const auto& text : b.slack())
    CHECK(text.find("has stored nothing newer in Redis") != std::string::npos);
  int kept = 0;
  memory->before = [&kept](const char* call) {
    kept += std::string_view{call} == "keep incidents";
    return std::optional<failure>{};
  };
  world.pass(1min, 100ms);
  CHECK(kept > 0);
  CHECK(kept <= 2 * 13); // each instance every five seconds
  memory->before = nullptr;
  memory->refuses.clear();
  world.pass(5h, 1s); // and if it was said: it has an end
  REQUIRE(fetches(a) == 5);
  CHECK((b.slack().empty() || some_says(a.slack(), "works again")
         || some_says(b.slack(), "works again")));
}

TEST_CASE(
    "a message that NATS does not take for its size holds back no other, and is not repeated") {
  virtual_system world;
  settings with;
  with.notifier.email_recipient = "noc@example.com";
  virtual_service x{world, with};
  x.via->too_large_for = {"notification.email.request"};
  x.via->limit = 100;
  x.bridges.add_devices(5);
  x.bridges.fleet["S0001"].clients.push_back({{"client_id", 7}, {"client_name", "OTHER"}});
  world.pass(1min);
  CHECK(x.slack().size() == 1);
  x.bridges.fault = [](const std::string& subject, const json& body) {
    return subject == info && body["service_number"] == "S0002"
               ? std::optional{fault_answer{false, true, ""}}
               : std::nullopt;
  };
  next_refresh(world);
  world.pass(1min);
  CHECK(x.slack().size() == 2);
}

TEST_CASE("Redis emptied does not make a message of a lasting incident come again") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(5);
  x.bridges.fleet["T0000"].clients = json::array({{{"client_id", nullptr}}});
  world.pass(5s);
  REQUIRE(x.slack().size() == 1);
  x.redis->array.reset();
  x.redis->meta.reset();
  x.redis->incidents.reset();
  world.pass(9h, 1s);
  CHECK(x.slack().size() == 1);
}

TEST_CASE("single devices do not put off the refresh of who takes over") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(5);
  world.pass(5s);
  SUBCASE("the wall clock is right") {}
  SUBCASE("it was five hours ahead, and is right from now on") {
    world.wall_clock_jump = -5 * 3600;
  }
  virtual_service b{world, {}, memory};
  b.bridges.add_devices(5);
  connect(a, b);
  for (int i = 0; i < 23; ++i) {
    world.pass(10min, 1s);
    a.ask(R"({"body":{"serial_number":"S0001"}})", "hawkeye.customer.cache.refresh");
  }
  REQUIRE(fetches(b) == 0);
  a.via->away = true;
  world.pass(1h, 1s);
  CHECK(fetches(b) >= 1);
}

TEST_CASE("a record that is too old leaves also where two instances refresh without a lease") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  memory->before = [](const char* call) {
    return std::string_view{call} == "lease" ? std::optional{failure{"NOPERM"}} : std::nullopt;
  };
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(5);
  world.pass(2h, 1s);
  virtual_service b{world, {}, memory};
  b.bridges.add_devices(5);
  connect(a, b);
  world.pass(1h, 1s);
  a.bridges.fault = b.bridges.fault = silent_below("S0001");
  world.pass(20h, 1s);
  CHECK(a.state_of("S0000").has_value());
  world.pass(8h, 1s);
  CHECK_FALSE(a.state_of("S0000").has_value());
  CHECK(a.served() == 4);
}

TEST_CASE("losing the lease while an incident is written and no message waits harms nothing") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(100);
  world.pass(5s);
  x.bridges.fault = silent_below("S0010");
  x.redis->refuses = "it refuses to write: it is a replica";
  x.redis->renews = true;
  while (x.slack().empty())
    world.pass(1s);
  world.pass(3s);
  bool asked = false;
  x.redis->before = [&](const char* call) {
    if (std::string_view{call} == "incidents" && !std::exchange(asked, true))
      caf::anon_send(x.instance->actors().notifier, aside_atom_v);
    return std::optional<failure>{};
  };
  x.redis->refuses.clear();
  world.pass(20s);
  CHECK(asked);
  REQUIRE(x.redis->incidents.has_value());
  CHECK(x.redis->incidents->find("Bruin does not answer") != std::string::npos);
}
