// Who listens to the status as server-sent events: well, badly, or not at all.
#include <atomic>
#include <fstream>
#include <list>
#include <thread>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/http/event_stream.hpp"
#include "actors/http/server.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

/// Asks for the events and reads nothing, into the smallest buffer there is.
class deaf_listener {
public:
  deaf_listener(int port, const std::string& path) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    const int least = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    const auto asked = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    REQUIRE(::send(socket_, asked.data(), asked.size(), 0) == static_cast<ssize_t>(asked.size()));
  }
  ~deaf_listener() {
    ::close(socket_);
  }
  deaf_listener(const deaf_listener&) = delete;
  deaf_listener& operator=(const deaf_listener&) = delete;

private:
  int socket_;
};

std::size_t resident_kb(pid_t process) {
  std::ifstream in{"/proc/" + std::to_string(process) + "/status"};
  for (std::string word; in >> word;)
    if (std::size_t size = 0; word == "VmRSS:" && in >> size)
      return size;
  return 0;
}

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t may_grow_kb = 16384; // the sanitizer keeps for a while what is freed
#else
constexpr std::size_t may_grow_kb = 4096;
#endif

} // namespace

TEST_CASE("who listens and reads nothing is cut off, and makes room") {
  event_stream events{[] {
    return std::string(5000, 'x');
  }};
  http_limits limits;
  limits.answer = 500ms;
  std::atomic<std::size_t> listening = 0;
  const auto listen = [&](const http_request&) {
    ++listening;
    http_answer result{200, {}, "text/event-stream"};
    result.next_part = events.listen();
    return result.next_part ? result : http_answer{503, {}};
  };
  auto started = start_http("127.0.0.1:0", {{"GET", "/events", listen}}, limits);
  REQUIRE(started.has_value());
  const auto server = *std::move(started);

  auto reader = events.listen();
  std::list<deaf_listener> deaf;
  while (deaf.size() + 1 < max_listeners)
    deaf.emplace_back(server->port(), "/events");
  CHECK(eventually([&] { return listening == deaf.size(); }));
  for (int i = 0; i < 2; ++i)
    CHECK(reader()); // not held up
  std::vector<std::function<std::optional<std::string>()>> next_ones;
  CHECK(eventually([&] {
    if (auto one = events.listen())
      next_ones.push_back(std::move(one));
    return next_ones.size() == deaf.size();
  }));
  events.stop();
}

TEST_CASE("who listens and reads nothing holds up neither others nor a stop, and takes no memory") {
  real_world world;
  auto service = world.start_service();
  REQUIRE(eventually([&] { return service.page("/_health") == 200; }));
  std::list<deaf_listener> deaf;
  while (deaf.size() + 1 < max_listeners)
    deaf.emplace_back(service.http, "/api/events");
  std::size_t heard = 0, before = 0, after = 0;
  httplib::Client{"127.0.0.1", service.http}.Get("/api/events", [&](const char*, std::size_t) {
    ++heard;
    if (heard == 1)
      before = resident_kb(service.process.pid());
    after = resident_kb(service.process.pid());
    return heard < 4;
  });
  CHECK(heard == 4);
  CHECK(before > 0);
  CHECK(after < before + may_grow_kb);
  CHECK(service.page("/api/status") == 200);
  CHECK(service.process.terminate() == 0);
}

TEST_CASE(
    "only so many may listen to the events; those who go make room; a stop ends them at once") {
  real_world world;
  world.start_bridges({"--probes=5"});
  auto service = world.start_service();
  REQUIRE(service.await_ready());
  std::atomic<int> heard = 0, ended = 0;
  std::atomic<bool> enough = false;
  std::vector<std::thread> listeners;
  const auto listen = [&, port = service.http](bool leaves) {
    httplib::Client client{"127.0.0.1", port};
    bool first = true;
    client.Get("/api/events", [&](const char* data, std::size_t size) {
      if (std::exchange(first, false))
        heard += std::string_view{data, size}.find("\"healthy\"") != std::string_view::npos;
      return !(leaves && enough);
    });
    ++ended;
  };
  for (int i = 0; i < 32; ++i)
    listeners.emplace_back(listen, i < 4);
  CHECK(eventually([&] { return heard == 32; }));
  CHECK(service.page("/api/events") == 503);
  CHECK(service.page("/api/status") == 200); // nobody else is held up
  enough = true;
  CHECK(eventually([&] { return ended == 4; }));
  std::thread late{[&] {
    while (heard < 33 && service.process.running()) // until it is noticed who has gone
      listen(false);
  }};
  CHECK(eventually([&] { return heard == 33; }));
  CHECK(service.process.terminate() == 0);
  late.join(); // and none of the others waits for ever
  for (auto& one : listeners)
    one.join();
}
