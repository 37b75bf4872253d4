// The first timestamps of a connection to a real server: whoever is told that it stands can use it.
#include <chrono>
#include <future>
#include <thread>

#include <doctest/doctest.h>

#include "actors/nats/connection.hpp"
#include "tests/support/server_process.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

TEST_CASE("a reply to what is asked in a connection's first moment is not lost") {
  const auto server = start_nats();
  nats_settings with;
  with.servers = {nats_url(server)};
  for (int i = 0; i < 50; ++i) {
    auto connected = connect_nats(with, "first-moment");
    REQUIRE(connected.has_value());
    const auto via = *connected;
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!via->connected() && std::chrono::steady_clock::now() < until)
      std::this_thread::yield(); // the very moment is what matters
    const auto heard = std::make_shared<std::promise<void>>();
    const auto inbox = via->new_inbox();
    REQUIRE(!via->subscribe(inbox, {}, [heard](const nats_message&) { heard->set_value(); }));
    REQUIRE(!via->publish(inbox, {}, "hello"));
    REQUIRE(heard->get_future().wait_for(5s) == std::future_status::ready);
    via->close();
  }
}
