// Servers that are away, hang, come back; the process killed and ended: with real ones.
#include <csignal>
#include <functional>
#include <random>
#include <thread>

#include <doctest/doctest.h>

#include "messages/base/limits.hpp"
#include "messages/snapshot/stored_snapshot.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const json everything_lost = {{"hawkeye_fault", "silence"}, {"bruin_fault", "silence"}};

/// Serves so many devices within the limit.
bool comes_to_serve(real_world& world, std::size_t devices) {
  return eventually([&] { return world.served() == devices; }, 20s);
}

/// The version in Redis; nothing where there is none. Whatever stands there must be whole.
std::optional<std::uint64_t> whole_version(const real_world& world) {
  const auto found = world.stored();
  const auto* values = value_of(found);
  REQUIRE(values);
  if (!values->array)
    return {};
  const auto read = read_stored_snapshot(values->array, values->meta);
  const auto* restored = value_of(read);
  REQUIRE(restored);
  CHECK(restored->note == "");
  REQUIRE(values->meta);
  return read_version(*values->meta);
}

/// A world that serves ten devices.
struct small_world : real_world {
  explicit small_world(arguments options = {}) {
    start_bridges({"--probes=10"});
    service.emplace(start_service(std::move(options)));
    REQUIRE(service->await_ready());
    REQUIRE(served() == 10);
  }
  std::optional<service_process> service;
};

} // namespace

TEST_CASE("after a restart the stored snapshot is served before the first refresh ends") {
  real_world world;
  world.start_bridges({"--probes=50000", "--parallel=0"});
  const auto expected = world.expected();
  {
    auto first = world.start_service({"--bruin.concurrency=512"});
    REQUIRE(first.await_ready(90s));
    CHECK(first.process.terminate() == 0);
  }
  world.control(everything_lost);
  auto second = world.start_service();
  REQUIRE(second.await_ready());
  const auto reply = world.ask();
  REQUIRE(reply.value("is_stored", false));
  const auto parked = world.parked(reply["token"]);
  CHECK(parked["body"].size() == expected.size());
}

TEST_CASE("an array of another program is served; what is no array is left alone and not served") {
  real_world world;
  const std::string device = R"({"serial_number":"A","last_contact":"2020-01-01","x":1})";
  SUBCASE("an array") {
    redis_cli(world.redis, {"set", "hawkeye", "[" + device + "]"});
    auto service = world.start_service();
    REQUIRE(service.await_ready());
    CHECK(world.ask()["body"] == json::parse("[" + device + "]"));
  }
  SUBCASE("something else") {
    redis_cli(world.redis, {"set", "hawkeye", "{\"not\":\"ours\"}"});
    auto service = world.start_service();
    REQUIRE(eventually(
        [&] { return service.process.output().find("is not served") != std::string::npos; }));
    CHECK(eventually([&] { return world.ask()["status"] == 202; })); // once it is connected
    const auto found = world.stored();
    CHECK(found->array->view() == "{\"not\":\"ours\"}");
  }
  SUBCASE("more than anyone has") {
    redis_cli(world.redis, {"setrange", "hawkeye", std::to_string(max_stored_bytes), "x"});
    auto service = world.start_service();
    REQUIRE(eventually(
        [&] { return service.process.output().find("too many to be read") != std::string::npos; }));
    CHECK(eventually([&] { return world.ask()["status"] == 202; })); // once it is connected
  }
}

TEST_CASE("killed at ten random moments of a refresh, Redis holds a whole snapshot each time") {
  real_world world;
  world.start_bridges({"--probes=3000"});
  std::mt19937 random{20201105};
  std::optional<std::uint64_t> last;
  int published = 0;
  for (int i = 0; i < 10; ++i) {
    auto service = world.start_service(
        {"--refresh.interval=100ms", "--refresh.jitter=0ms", "--bruin.concurrency=256"});
    // Some timestamps before the first publish of this life, some after: by what Redis says, and a
    // random share of a refresh later.
    if (i % 2 == 0)
      CHECK(eventually([&] { return whole_version(world) > last; }, 30s));
    std::this_thread::sleep_for(std::chrono::milliseconds{random() % 400});
    service.process.kill9();
    redis_cli(world.redis,
              {"del", "hawkeye:lease"}); // nobody waits here for the dead one's to lapse
    const auto now = whole_version(world);
    CHECK(now >= last);
    published += now > last;
    last = now;
  }
  CHECK(published >= 5);
}

TEST_CASE("a Redis that accepts and never answers delays no reply, and gets the snapshot later") {
  small_world world{{"--refresh.interval=300ms", "--refresh.jitter=0ms", "--redis.timeout=500ms"}};
  world.redis.pause();
  world.control({{"probes", 12}});
  CHECK(comes_to_serve(world, 12));
  for (int i = 0; i < 50; ++i)
    CHECK(world.client().ask(rpc_subject, R"({"body":{}})", 1s).has_value());
  CHECK(world.service->ready());
  world.redis.resume();
  CHECK(eventually([&] {
    const auto found = world.stored();
    const auto* values = value_of(found);
    return values && values->array && json::parse(values->array->view()).size() == 12;
  }));
}

TEST_CASE("a Redis that restarts empty gets the snapshot again") {
  small_world world;
  world.redis.restart();
  CHECK(eventually([&] { return whole_version(world).has_value(); }));
  CHECK(world.served() == 10);
}

TEST_CASE("NATS away and back: the service resubscribes and answers") {
  small_world world;
  world.nats.kill9();
  CHECK(eventually([&] { return world.service->page("/ready") == 503; }));
  CHECK(world.service->page("/_health") == 200);
  world.nats.start();
  world.forget_client();
  CHECK(comes_to_serve(world, 10));
  CHECK(world.service->await_ready());
}

TEST_CASE("in whatever order things start, in the end all is served and stored") {
  const std::vector<std::string> orders{"NRBS", "SNRB", "SRNB", "SBNR", "NSRB", "RSNB"};
  for (const auto& order : orders) {
    CAPTURE(order);
    real_world world;
    world.nats.kill9();
    world.redis.kill9();
    std::optional<service_process> service;
    for (const char next : order) {
      if (next == 'N')
        world.nats.start();
      else if (next == 'R')
        world.redis.start();
      else if (next == 'B' && world.nats.running())
        world.start_bridges({"--probes=10"});
      else if (next == 'S')
        service.emplace(world.start_service());
    }
    if (!world.bridges)
      world.start_bridges({"--probes=10"});
    CHECK(comes_to_serve(world, 10));
    CHECK(service->await_ready());
    CHECK(eventually([&] { return whole_version(world).has_value(); }));
  }
}

TEST_CASE("told to stop it ends with 0 within five seconds, in every state") {
  using state = std::pair<const char*, std::function<void(small_world&)>>;
  const std::vector<state> states{
      {"idle",
       [](small_world&) {
       }},
      {"in the middle of a refresh",
       [](small_world& world) {
         world.control({{"bruin_fault", "silence"}, {"reset_stats", true}});
         CHECK(world.service->process.terminate() == 0);
         world.service->process.start();
         CHECK(eventually(
             [&] { return world.stats()["subjects"]["bruin.customer.get.info"]["requests"] > 0; }));
       }},
      {"Redis hung",
       [](small_world& world) {
         world.redis.pause();
       }},
      {"Redis gone",
       [](small_world& world) {
         world.redis.kill9();
       }},
      {"NATS hung",
       [](small_world& world) {
         world.nats.pause();
       }},
      {"NATS gone",
       [](small_world& world) {
         world.nats.kill9();
       }},
  };
  for (const int signal : {SIGTERM, SIGINT})
    for (const auto& [name, enter] : states) {
      CAPTURE(name);
      CAPTURE(signal);
      small_world world{{"--redis.timeout=60s"}};
      enter(world);
      world.service->process.signal(signal);
      CHECK(world.service->process.wait_for_exit(5s) == 0);
    }
}
