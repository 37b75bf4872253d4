// What other programs, or mistakes, leave in our keys: it is replaced by the next refresh, for ever
// in the way of none.
#include <doctest/doctest.h>

#include "tests/support/virtual_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

const std::string theirs =
    R"([{"serial_number":"X","last_contact":"2020-01-01T00:00:00Z","bruin_client_info":{}}])";

/// A Redis as an instance left it that had published twice.
std::shared_ptr<redis_memory> used_redis(virtual_system& world) {
  auto memory = std::make_shared<redis_memory>();
  virtual_service service{world, {}, memory};
  service.bridges.add_devices(3);
  world.pass(1s);
  next_refresh(world);
  REQUIRE(read_version(*memory->meta) == 2);
  return memory;
}

} // namespace

TEST_CASE(
    "a meta beside another array, a broken one or none: the next refresh publishes after it") {
  virtual_system world;
  auto memory = used_redis(world);
  std::size_t served_at_first = 0;
  SUBCASE("another program's array") {
    memory->array = theirs;
    served_at_first = 1;
  }
  SUBCASE("a broken one") {
    memory->array = R"([{"broken")";
  }
  SUBCASE("none") {
    memory->array.reset();
  }
  world.pass(20s, 1s); // the lease of the one before has to lapse
  virtual_service service{world, {}, memory};
  world.settle();
  CHECK(service.served().value_or(0) == served_at_first);
  service.bridges.add_devices(3);
  world.pass(12min, 1s); // what nobody lists waits for a second list
  CHECK(service.served() == 3);
  CHECK(read_version(*memory->meta) >= 3);
  CHECK(json::parse(*memory->array).size() == 3);

  virtual_service next{world, {}, memory};
  world.settle();
  CHECK(next.served() == 3);
}

TEST_CASE("a version that none could come after counts as none") {
  virtual_system world;
  auto memory = used_redis(world);
  memory->meta = R"({"version":18446744073709551615,"built_at":null})";
  world.pass(20s, 1s);
  virtual_service service{world, {}, memory};
  service.bridges.add_devices(4);
  world.pass(10min, 1s);
  CHECK(service.served() == 4);
  CHECK(read_version(*memory->meta) == 2); // the array with a meta of ours, then the refresh
}

TEST_CASE("after the last version snapshots are stored and restored as before") {
  virtual_system world;
  auto memory = used_redis(world);
  const auto end = memory->meta->find(',');
  memory->meta->replace(0, end, R"({"version":9007199254740991)");
  world.pass(20s, 1s);
  {
    virtual_service service{world, {}, memory};
    service.bridges.add_devices(4);
    world.pass(10min, 1s);
    CHECK(service.served() == 4);
    const auto written = *memory->meta;
    CHECK(read_version(written) == last_version - 1);
    CHECK(json::parse(*memory->array).size() == 4);
    world.pass(1min, 1s);
    CHECK(memory->meta == written); // not written again without a reason
    service.bridges.fleet.erase("S0003");
    service.bridges.fleet["S0002"].status = "Inactive";
    next_refresh(world);
    world.pass(30min, 1s); // what nobody lists waits for a second list
    CHECK(service.served() == 2);
  }
  world.pass(20s, 1s);
  virtual_service next{world, {}, memory};
  world.settle();
  CHECK(next.served() == 2);
  CHECK(next.current()->kept().size() == 2); // what has left is not forgotten
}

TEST_CASE("a broken array under the feet of a running instance is replaced by what it serves") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(3);
  world.pass(1s);
  auto& memory = *service.redis;
  memory.array = "hello";
  SUBCASE("with a meta") {
    memory.meta = R"({"version":7,"built_at":null})";
    world.pass(5s);
    CHECK(read_version(*memory.meta) == 8);
  }
  SUBCASE("with one of a later time") {
    memory.meta = R"({"version":7,"built_at":"2999-01-01T00:00:00Z"})";
    world.pass(5s);
    CHECK(read_version(*memory.meta) == 8);
  }
  CHECK(service.served() == 3);
  CHECK(json::parse(*memory.array).size() == 3);
}

TEST_CASE("only the reply to the open question counts, not one with another number or inbox") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(40);
  std::size_t lies = 0, lies_elsewhere = 0;
  const auto lie_about = [&](const std::string& question) { // _INBOX.test.SLOT.NUMBER
    const auto dot = question.rfind('.');
    const auto slot = question.substr(0, dot), number = question.substr(dot);
    const std::string lie = R"({"status":200,"body":[]})";
    lies += service.via->deliver(slot + ".0", {}, lie);
    lies += service.via->deliver(slot + ".999999", {}, lie);
    const std::string elsewhere = slot == "_INBOX.test.3" ? "_INBOX.test.2" : "_INBOX.test.3";
    lies_elsewhere += service.via->deliver(elsewhere + number, {}, lie);
  };
  service.via->on_publish = [&, bridges = service.via->on_publish](const published_message& x) {
    const bool asked = x.subject.starts_with("bruin.");
    if (asked)
      lie_about(x.reply);
    bridges(x);
    if (asked)
      lie_about(x.reply);
  };
  world.pass(10s, 1s);
  CHECK(lies > 100);
  CHECK(lies_elsewhere > 40);
  CHECK(service.served() == 40);
  next_refresh(world);
  CHECK(service.served() == 40);
}
