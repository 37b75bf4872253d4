// Who refreshes: the lease belongs to an instance that can work, each process refreshes once at its
// start, and what refreshes all is never put off. On the virtual clock.
#include <doctest/doctest.h>

#include "tests/support/virtual_admin.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

fake_bridges::fault_hook nobody_answers() {
  return [](const std::string& subject, const json&) {
    return subject == "hawkeye.probe.request" ? std::optional{fault_answer{false, true, ""}}
                                              : std::nullopt;
  };
}

/// Two instances on one Redis, of which the first has the lease.
struct pair_of_instances {
  explicit pair_of_instances(settings with = {}) {
    a = std::make_unique<virtual_service>(world, with, memory);
    a->bridges.add_devices(5);
    world.pass(1s);
    b = std::make_unique<virtual_service>(world, with, memory);
    b->bridges.add_devices(5);
    connect(*a, *b);
    world.pass(1s);
    REQUIRE(fetches(*a) == 1);
    REQUIRE(fetches(*b) == 0);
  }

  virtual_system world;
  std::shared_ptr<redis_memory> memory = std::make_shared<redis_memory>();
  std::unique_ptr<virtual_service> a, b;
};

} // namespace

TEST_CASE("an instance that loses NATS gives the lease back, and the other one refreshes") {
  pair_of_instances x;
  x.a->via->away = true;
  x.world.pass(4h + 2min, 1s);
  CHECK(fetches(*x.a) == 1);
  CHECK(fetches(*x.b) == 1);
  CHECK(x.memory->publishes == 2);
  x.a->via->away = false;
  x.world.pass(1min, 1s);
  CHECK(x.a->served() == 5);
}

TEST_CASE("an instance whose refreshes fail lets another one try within a minute") {
  pair_of_instances x;
  x.a->bridges.fault = nobody_answers();
  x.world.pass(4h, 1min);
  while (fetches(*x.a) < 3)
    x.world.pass(1s);
  x.world.pass(1min, 1s);
  CHECK(fetches(*x.b) == 1);
  CHECK(x.memory->publishes == 2);
  x.world.pass(4h + 2min, 1s); // and keeps the lease
  CHECK(fetches(*x.b) == 2);
  CHECK(x.a->slack().empty());
}

TEST_CASE("an instance alone goes on trying as often as configured, and has the lease again") {
  virtual_system world;
  settings with;
  with.refresh.retry_min = with.refresh.retry_max = 2s;
  virtual_service x{world, with};
  x.bridges.add_devices(5);
  x.bridges.fault = nobody_answers();
  world.pass(1min);
  CHECK(fetches(x) >= 28);
  x.bridges.fault = nullptr;
  world.pass(35s);
  CHECK(x.served() == 5);
  CHECK(x.redis->lease.starts_with("hawkeye-customer-cache/"));
}

TEST_CASE("while NATS is away a question to a bridge fails at once and says so") {
  serving x;
  x.service.via->away = true;
  x.world.pass(4h + 2min, 1s);
  CHECK(x.service.served() == std::nullopt); // nobody can ask
  x.service.via->away = false;
  const auto status = x.status();
  CHECK(status["refresh"]["last_result"] == "failed");
  CHECK(status["refresh"]["last_reason"].get<std::string>().find("NATS is not connected")
        != std::string::npos);
  CHECK(status["refresh"]["failures_in_a_row"] >= 3);
  x.world.pass(6min, 1s);
  CHECK(x.status()["refresh"]["last_result"] == "published");
}

TEST_CASE("where Redis refuses to write and nobody may listen for others, an instance refreshes") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  memory->refuses = "it refuses to write: it is a replica";
  virtual_service x{world, {}, memory};
  x.bridges.add_devices(5);
  const auto bridges = x.via->on_publish;
  x.via->on_publish = [&x, bridges](const published_message& message) {
    if (message.subject == "hawkeye.customer.cache.leader")
      x.via->deliver(message.reply, {}, "", true);
    else
      bridges(message);
  };
  world.pass(1min);
  CHECK(fetches(x) == 1);
  CHECK(x.served().value_or(0) == 5);
}

TEST_CASE("a process that was killed and started again refreshes once the old lease has lapsed") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  {
    virtual_service killed{world, {}, memory};
    killed.bridges.add_devices(5);
    world.pass(10min, 1s);
    REQUIRE(memory->publishes == 1);
  }
  virtual_service x{world, {}, memory};
  x.bridges.add_devices(6);
  world.pass(14s);
  CHECK(fetches(x) == 1);
  CHECK(x.served() == 6);
}

TEST_CASE("a process that follows another instance does not refresh at its start") {
  pair_of_instances x;
  x.world.pass(1h, 1s);
  x.b.reset();
  virtual_service again{x.world, {}, x.memory};
  again.bridges.add_devices(5);
  x.world.pass(3min, 1s);
  CHECK(fetches(again) == 0);
  CHECK(x.memory->publishes == 1);
}

TEST_CASE("a process that follows refreshes once it gets the lease, unless another one has since") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  auto first = std::make_unique<virtual_service>(world, settings{}, memory);
  first->bridges.add_devices(5);
  world.pass(1h, 1s);
  virtual_service next{world, {}, memory};
  next.bridges.add_devices(5);
  world.pass(3min, 1s);
  std::size_t expected = 1;
  SUBCASE("none has") {}
  SUBCASE("the other one has") {
    world.pass(4h, 1s);
    REQUIRE(fetches(*first) == 2);
    expected = 0;
  }
  first.reset();
  world.pass(1min, 1s);
  CHECK(fetches(next) == expected);
}

TEST_CASE("a Redis that is away for a moment makes no follower refresh before its time") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service first{world, {}, memory};
  first.bridges.add_devices(5);
  world.pass(1h, 1s);
  virtual_service next{world, {}, memory};
  next.bridges.add_devices(5);
  world.pass(3min, 1s);
  memory->away = true;
  world.pass(5s, 100ms);
  memory->away = false;
  world.pass(1min, 1s);
  CHECK(fetches(next) == 0);
}

TEST_CASE("single devices, however many are requested, never put off the refresh of all") {
  serving x;
  for (int i = 0; i < 9 * 120; ++i) {
    x.ask("refresh", {{"serial_number", i % 2 ? "S0000" : "S0003"}});
    x.world.pass(30s, 5s);
  }
  CHECK(json::parse(x.service.redis->reports.front())["trigger"] == "device");
  CHECK(value(x.service, R"(refreshes_total{result="published",trigger="interval"})") == 2);
}

TEST_CASE("a device that a running refresh asked about long ago is asked about again") {
  serving x;
  x.service.bridges.fault = [](const std::string& subject, const json& body) {
    return subject == "bruin.customer.get.info" && body["service_number"] == "S0001"
               ? std::optional{fault_answer{true, false, ""}}
               : std::nullopt;
  };
  x.ask("refresh");
  x.world.pass(10s);
  CHECK(x.ask("refresh", {{"serial_number", "S0000"}})["body"]["state"] == "running");
  x.world.pass(1min, 1s);
  CHECK(x.ask("refresh", {{"serial_number", "S0000"}})["body"]["state"] == "started");
  x.world.pass(5min, 1s);
  const auto recent = x.status()["refresh"]["recent"];
  CHECK(recent[0]["serial_number"] == "S0000");
  CHECK(recent[0]["result"] == "published");
}

// -- a Redis that answers and refuses to write
// -----------------------------------------------------

namespace {

constexpr const char* refusal = "it refuses to write: it is a replica";

/// Status of an instance, as it is asked alone.
json status_of(virtual_service& x) {
  return serving::ask(x, "status")["body"];
}

} // namespace

TEST_CASE("a Redis that refuses to write is named within seconds, with nothing to write") {
  serving x;
  x.service.redis->refuses = refusal;
  x.world.pass(4s);
  auto status = x.status();
  CHECK(status["healthy"] == false);
  CHECK(status["redis"]["ok"] == false);
  CHECK(status["redis"]["trouble"] == refusal);
  CHECK(status["lease"] == "ours");
  CHECK(value(x.service, "redis_in_use") == 0);
  x.service.redis->refuses.clear();
  x.world.pass(4s);
  status = x.status();
  CHECK(status["healthy"] == true);
  CHECK(status["redis"]["trouble"] == nullptr);
  CHECK(value(x.service, "redis_in_use") == 1);
}

TEST_CASE("what a Redis refused to write is written within seconds once it takes writes again") {
  serving x;
  x.service.redis->refuses = refusal;
  x.service.bridges.add_devices(1);
  x.ask("refresh");
  std::size_t tried = 0;
  x.service.redis->before = [&](const char* call) {
    tried += std::string_view{call} == "publish";
    return std::optional<failure>{};
  };
  x.world.pass(10min, 1s); // the store tries every 30 s by now
  for (const auto before = tried; tried == before;)
    x.world.pass(1s);
  CHECK(x.service.redis->publishes == 1);
  CHECK(x.service.served() == 3);
  x.service.redis->refuses.clear();
  x.world.pass(4s);
  CHECK(x.service.redis->publishes == 2);
}

TEST_CASE(
    "while Redis refuses to write, the instance that held the lease goes on refreshing alone") {
  pair_of_instances x;
  x.memory->refuses = refusal;
  SUBCASE("a replica, which shows the lease until it lapses") {}
  SUBCASE("memory is full: the lease is renewed all the same") {
    x.memory->renews = true;
  }
  x.world.pass(4h + 2min, 1s);
  CHECK(fetches(*x.a) == 2);
  CHECK(fetches(*x.b) == 0);
  CHECK(status_of(*x.a)["lease"] == "ours");
  CHECK(status_of(*x.b)["lease"] == "another");
  CHECK(status_of(*x.b)["redis"]["trouble"] == refusal);
  // A request at the other one goes to it, too.
  CHECK(serving::ask(*x.b, "refresh")["status"] == 202);
  x.world.pass(2s);
  CHECK(fetches(*x.a) == 3);
  CHECK(fetches(*x.b) == 0);
}

TEST_CASE("while Redis refuses to write, another instance takes over from one that dies or fails") {
  pair_of_instances x;
  x.memory->refuses = refusal;
  x.world.pass(1min, 1s);
  SUBCASE("it dies") {
    x.a->instance->actors().for_each(
        [](const auto& actor, const char*) { caf::anon_send_exit(actor, caf::exit_reason::kill); });
    x.a->via->handlers.clear();
    x.world.pass(10s);
    CHECK(status_of(*x.b)["lease"] == "ours");
    x.world.pass(4h, 1s);
    CHECK(fetches(*x.b) == 1);
  }
  SUBCASE("it loses NATS") {
    x.a->via->away = true;
    x.world.pass(4h + 2min, 1s);
    CHECK(fetches(*x.a) == 1);
    CHECK(fetches(*x.b) == 1);
  }
  SUBCASE("its refreshes fail") {
    x.a->bridges.fault = nobody_answers();
    x.world.pass(4h + 5min, 1s);
    CHECK(fetches(*x.b) == 1);
    x.world.pass(4h, 1s);
    CHECK(fetches(*x.b) == 2);
  }
}

TEST_CASE("instances that start while Redis refuses to write agree on one that refreshes") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  memory->refuses = refusal;
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(5);
  SUBCASE("one after the other") {
    world.pass(5s);
    CHECK(a.served() == 5);
  }
  SUBCASE("at once: both begin, and one gives way") {}
  virtual_service b{world, {}, memory};
  b.bridges.add_devices(5);
  connect(a, b);
  world.pass(10s);
  CHECK(a.served() == 5);
  const auto before = fetches(a) + fetches(b);
  world.pass(4h + 2min, 1s);
  CHECK(fetches(a) + fetches(b) == before + 1);
  CHECK((status_of(a)["lease"] == "ours") != (status_of(b)["lease"] == "ours"));
}
