// A connection to a real server: whoever is told that it stands can use it, at once, while the
// server is slow, and after it was lost.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/nats/connection.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/tcp_proxy.hpp"

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

namespace {

std::shared_ptr<nats_connection> connect(const std::string& url) {
  nats_settings with;
  with.servers = {url};
  auto connected = connect_nats(with, "connecting");
  REQUIRE(connected.has_value());
  REQUIRE(eventually([&] { return (*connected)->connected(); }));
  return *connected;
}

std::shared_ptr<nats_connection> connect(const server_process& server) {
  return connect(nats_url(server));
}

std::ptrdiff_t descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return std::distance(begin(all), end(all));
}

} // namespace

TEST_CASE("what a server does not take for a while arrives whole and in order once it does") {
  auto server = start_nats();
  const auto via = connect(server);
  const auto arrived = std::make_shared<std::vector<std::string>>();
  const auto count = std::make_shared<std::atomic<std::size_t>>(0);
  const auto inbox = via->new_inbox();
  REQUIRE(!via->subscribe(inbox, {}, [arrived, count](const nats_message& x) {
    arrived->emplace_back(x.data);
    ++*count;
  }));
  server.pause();
  // More than the sockets' buffers hold, with small messages among the large ones.
  constexpr std::size_t messages = 24;
  const auto content = [](std::size_t i) {
    return std::string(i % 2 == 0 ? 900'000 : 10, static_cast<char>('a' + i));
  };
  auto published = std::async(std::launch::async, [&] {
    for (std::size_t i = 0; i < messages; ++i)
      if (via->publish(inbox, {}, content(i)))
        return false;
    return true;
  });
  CHECK(published.wait_for(200ms) == std::future_status::timeout); // it does not take it all
  server.resume();
  CHECK(published.get());
  REQUIRE(eventually([&] { return *count == messages; }));
  for (std::size_t i = 0; i < messages; ++i)
    CHECK((*arrived)[i] == content(i));
  via->close();
}

TEST_CASE("connections that are lost leave no descriptor behind, and the next one works") {
  auto server = start_nats();
  const auto via = connect(server);
  const auto count = std::make_shared<std::atomic<int>>(0);
  const auto inbox = via->new_inbox();
  REQUIRE(!via->subscribe(inbox, {}, [count](const nats_message&) { ++*count; }));
  const auto before = descriptors();
  for (int i = 1; i <= 10; ++i) {
    server.kill9();
    REQUIRE(eventually([&] { return !via->connected(); }));
    server.start();
    REQUIRE(eventually([&] { return via->connected(); }));
    REQUIRE(!via->publish(inbox, {}, "again"));
    REQUIRE(eventually([&] { return *count == i; }));
  }
  CHECK(eventually([&] { return descriptors() == before; }));
  via->close();
}

TEST_CASE("a connection that breaks within a message leaves nothing of it to the next one") {
  const auto server = start_nats();
  tcp_proxy between{server.port()};
  const auto direct = connect(server);
  const auto via = connect("nats://127.0.0.1:" + std::to_string(between.port()));
  const auto whole = std::make_shared<std::atomic<int>>(0),
             other = std::make_shared<std::atomic<int>>(0);
  const auto inbox = via->new_inbox();
  REQUIRE(!via->subscribe(inbox, {}, [whole, other](const nats_message& x) {
    ++*(x.data == "whole" ? whole : other);
  }));
  REQUIRE(via->flush(5s));
  // Within the head, within the size, within what it carries.
  for (const std::size_t bytes : {3u, static_cast<unsigned>(inbox.size()) + 9u, 50'000u}) {
    CAPTURE(bytes);
    *whole = 0;
    between.end_after(bytes);
    const auto before = via->reconnects();
    REQUIRE(!direct->publish(inbox, {}, std::string(900'000, 'x')));
    REQUIRE(eventually([&] { return via->reconnects() > before && via->connected(); }));
    CHECK(eventually([&] { // the server may not have heard of the subscription at first
      direct->publish(inbox, {}, "whole");
      return *whole > 0;
    }));
    CHECK(via->reconnects() == before + 1);
  }
  CHECK(*other == 0);
  via->close();
  direct->close();
}

namespace {

/// Three servers that each know the others.
struct nats_cluster {
  std::vector<std::uint16_t> ports{free_port(), free_port(), free_port()};
  std::vector<server_process> nodes;

  nats_cluster() {
    std::vector<std::string> routes;
    for (int i = 0; i < 3; ++i)
      routes.push_back("nats://127.0.0.1:" + std::to_string(free_port()));
    for (std::size_t i = 0; i < 3; ++i)
      nodes.push_back(
          start_nats(ports[i], {"--cluster_name", "three", "--cluster", routes[i], "--routes",
                                routes[(i + 1) % 3] + "," + routes[(i + 2) % 3]}));
  }

  /// Whether a server names both others to its clients.
  bool announces_all(std::size_t node) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto to = loopback(ports[node]);
    std::string info(4096, ' ');
    const bool is_there = ::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0
                          && ::recv(socket, info.data(), info.size(), 0) > 0;
    ::close(socket);
    return is_there && std::all_of(ports.begin(), ports.end(), [&](auto port) {
             return info.find(":" + std::to_string(port)) != std::string::npos;
           });
  }
};

} // namespace

TEST_CASE("servers that one of a cluster has named are used when it is gone, and when they are") {
  nats_cluster three;
  auto& nodes = three.nodes;
  REQUIRE(eventually([&] { return three.announces_all(0); }));
  const auto via = connect(nodes[0]);
  std::size_t before = 0;
  const auto lose = [&](std::size_t node) {
    before = via->reconnects();
    nodes[node].kill9();
  };
  lose(0);
  REQUIRE(eventually([&] { return via->reconnects() > before && via->connected(); }));
  nodes[1].kill9();
  REQUIRE(eventually([&] { return via->connected() && via->flush(1s); })); // the third
  nodes[1].start();
  lose(2);
  REQUIRE(eventually([&] { return via->reconnects() > before && via->flush(1s); })); // the second
  nodes[0].start();
  lose(1);
  CHECK(eventually([&] { return via->reconnects() > before && via->flush(1s); }));
  via->close();
}
