// When an instance begins to answer: a new one beside one that serves takes no request that it
// could only answer with 202. On the virtual clock.
#include <doctest/doctest.h>

#include "tests/support/virtual_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;

namespace {

bool joined(const virtual_service& x) {
  return x.via->handlers.contains("hawkeye.customer.cache.get");
}

} // namespace

TEST_CASE("the first instance of all answers within a second that the cache is being built") {
  virtual_system world;
  virtual_service x{world};
  x.bridges.add_devices(5);
  x.bridges.hold = true;
  world.pass(1s);
  CHECK(x.ask_all()["status"] == 202);
}

TEST_CASE("an instance that restores a snapshot answers at once") {
  virtual_system world;
  auto memory = std::make_shared<redis_memory>();
  virtual_service a{world, {}, memory};
  a.bridges.add_devices(5);
  world.pass(5s);
  virtual_service b{world, {}, memory};
  world.settle();
  CHECK(b.served() == 5);
}

TEST_CASE("beside one that serves, an instance that cannot restore does not answer with 202") {
  virtual_system world;
  virtual_service a{world};
  a.bridges.add_devices(5);
  world.pass(5s);
  auto unreachable = std::make_shared<redis_memory>();
  unreachable->away = true;
  virtual_service b{world, {}, unreachable};
  connect(a, b);
  b.bridges.add_devices(5);
  b.bridges.hold = true;
  world.pass(9s);
  CHECK_FALSE(joined(b));
  SUBCASE("nor with what it found itself, until Redis shows whether that is all") {
    b.bridges.hold = false;
    b.bridges.release();
    world.pass(1min);
    CHECK_FALSE(joined(b));
    unreachable->away = false;
    world.pass(1s);
    CHECK(b.served() == 5);
  }
  SUBCASE("for as long as the other one serves") {
    world.pass(1min);
    CHECK_FALSE(joined(b));
    a.instance->actors().for_each(
        [](const auto& actor, const char*) { caf::anon_send_exit(actor, caf::exit_reason::kill); });
    world.pass(12s);
    CHECK(joined(b));
  }
}
