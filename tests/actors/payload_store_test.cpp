// The store of large replies alone, before a Redis that answers when the test says so.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "actors/payload_store.hpp"
#include "messages/rpc/rpc.hpp"
#include "tests/support/virtual_admin.hpp"

using namespace hawkeye;
using namespace hawkeye::test;

namespace {

using stored_promise = caf::typed_response_promise<std::uint64_t>;

snapshot_ptr snapshot_of(const char* serial) {
  std::vector<device> devices;
  devices.push_back({serial, {}, std::string{R"({"serial_number":")"} + serial + R"("})"});
  return std::make_shared<const snapshot>(snapshot_meta{}, std::move(devices));
}

caf::behavior redis_that_waits(caf::event_based_actor* self, std::vector<stored_promise>* taken) {
  return {
      [=](offload_atom, const std::string&, const snapshot_ptr&, std::uint64_t) {
        taken->push_back(self->make_response_promise<std::uint64_t>());
        return taken->back();
      },
      [=](tick_atom) { taken->front().deliver(std::uint64_t{100}); },
  };
}

caf::behavior redis_whose_answers_are_lost(caf::event_based_actor*, std::size_t* taken) {
  return {
      [taken](offload_atom, const std::string&, const snapshot_ptr&,
              std::uint64_t) -> caf::result<std::uint64_t> {
        ++*taken;
        return make_fault(fault::unavailable, "no answer in time");
      },
      [](ping_atom, const std::string&) { return true; },
  };
}

} // namespace

TEST_CASE("a large reply whose snapshot is replaced while Redis takes it comes all the same") {
  virtual_system world;
  std::vector<stored_promise> taken;
  const auto worker = world.system.spawn(redis_that_waits, &taken);
  const auto store = world.system.spawn(payload_store, caf::actor_cast<redis_worker_actor>(worker),
                                        world.world().new_id, 300s, 1s, 1000,
                                        std::make_shared<metrics_registry>());
  caf::scoped_actor self{world.system};
  const auto offload = [&](const char* serial) {
    auto reply =
        self->request(store, caf::infinite, offload_atom_v, snapshot_of(serial), std::uint64_t{1});
    world.settle();
    return reply;
  };
  auto first = offload("A");
  const auto second [[maybe_unused]] = offload("B"); // looks for entries whose snapshot is gone
  REQUIRE(taken.size() == 2);
  caf::anon_send(worker, tick_atom_v);
  world.settle();
  std::string token = "none";
  if (self->has_next_message())
    first.receive([&](const std::string& x) { token = x; }, [](const caf::error&) {});
  CHECK(token.size() == 36);
  caf::anon_send_exit(store, caf::exit_reason::kill);
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  taken.clear();
  world.settle();
}

TEST_CASE("replies that Redis took without an answer count until they expire") {
  virtual_system world;
  std::size_t taken = 0;
  const auto worker = world.system.spawn(redis_whose_answers_are_lost, &taken);
  const auto bytes = device_reply_size("null", *snapshot_of("A"), 1);
  const auto store = world.system.spawn(payload_store, caf::actor_cast<redis_worker_actor>(worker),
                                        world.world().new_id, 300s, 1s, 10 * bytes,
                                        std::make_shared<metrics_registry>());
  caf::scoped_actor self{world.system};
  const auto ask = [&](std::chrono::seconds during) {
    taken = 0;
    for (auto passed = 0s; passed < during; passed += 2s) {
      const auto reply [[maybe_unused]] =
          self->request(store, caf::infinite, offload_atom_v, snapshot_of("A"), std::uint64_t{1});
      world.pass(2s);
    }
    return taken;
  };
  CHECK(ask(280s) == 10);
  world.pass(5min);
  CHECK(ask(10s) > 0);
  caf::anon_send_exit(store, caf::exit_reason::kill);
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  world.settle();
}

TEST_CASE("a token is handed out again only while Redis has what stands under it") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(20);
  world.pass(1s);
  x.via->limit = 1000;
  const auto token = [&] {
    const auto reply = x.ask_all();
    return reply.value("token", std::string{});
  };
  const auto first = token();
  REQUIRE(x.redis->payloads.contains(first));
  world.pass(10s);
  CHECK(token() == first);
  world.pass(1s);
  SUBCASE("Redis was started anew and is empty") {
    x.redis->payloads.clear();
    const auto second = token();
    CHECK(second != first);
    CHECK(x.redis->payloads.contains(second));
    CHECK(token() == second);
    CHECK(x.redis->parks == 2);
  }
  SUBCASE("Redis is away") {
    x.redis->away = true;
    CHECK(x.ask_all()["status"] == 503);
  }
}

TEST_CASE("a Redis that refuses payloads is named until it takes them, and hands on what it has") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(20);
  world.pass(1s);
  x.via->limit = 1000;
  const auto token = x.ask_all().value("token", std::string{});
  REQUIRE(x.redis->payloads.contains(token));
  x.redis->refuses = "it refuses to write: its memory is full";
  world.pass(5s);
  CHECK(value(x, "payload_redis_in_use") == 0);
  CHECK(x.ask_all().value("token", std::string{}) == token);
  const auto part = R"({"body":{"last_contact_filter":"2020-11-05T13:57:11Z"}})";
  const auto refused = nlohmann::json::parse(*x.ask(part));
  CHECK(refused["status"] == 503);
  CHECK(refused["body"].get<std::string>().find("its memory is full") != std::string::npos);
  CHECK(x.redis->parks == 1); // it is not sent again and again
  x.redis->refuses.clear();
  world.pass(2s);
  CHECK(value(x, "payload_redis_in_use") == 1);
  CHECK(nlohmann::json::parse(*x.ask(part)).contains("token"));
}
