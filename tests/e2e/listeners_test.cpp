// Who listens to the status as server-sent events: well, badly, or not at all.
#include <atomic>
#include <fstream>
#include <list>
#include <thread>

#include <doctest/doctest.h>

#include "actors/http/event_stream.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

/// Asks for the events and reads nothing, into the smallest buffer there is.
struct deaf_listener {
  deaf_listener(int port, const std::string& path) : connection{port, true} {
    REQUIRE(connection.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  }
  raw_client connection;
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
  const auto events = std::make_shared<event_stream>(
      [](const std::function<void(std::string)>& then) { then(std::string(200'000, 'x')); });
  http_limits limits;
  limits.answer = 500ms;
  std::atomic<std::size_t> listening = 0;
  const auto listen = [&](const http_request&, const http_reply& reply) {
    http_answer result{200, {}, "text/event-stream"};
    result.stream = events->listen();
    listening += result.stream ? 1 : 0;
    reply(result.stream ? result : http_answer{503, {}});
  };
  auto started = start_http(*listen_on({"127.0.0.1:0"}), {{"GET", "/events", listen}}, limits,
                            [events] { events->tick(); });
  REQUIRE(started.has_value());
  const auto server = *std::move(started);

  std::list<deaf_listener> deaf;
  while (deaf.size() + 1 < max_listeners)
    deaf.emplace_back(server->port(), "/events");
  CHECK(eventually([&] { return listening == deaf.size(); }));
  const http_client reader{server->port()};
  std::size_t heard = 0;
  reader.stream("/events", [&](std::string_view) { return ++heard < 3; });
  CHECK(heard == 3); // not held up
  const auto before = listening.load();
  CHECK(eventually([&] { // so many more find a place only where those have gone
    deaf.emplace_back(server->port(), "/events");
    return listening >= before + max_listeners - 1;
  }));
  server->stop();
}

TEST_CASE("events come to an HTTP/1.0 client without chunks, to a newer one with them") {
  const auto events = std::make_shared<event_stream>(
      [](const std::function<void(std::string)>& then) { then("{}"); });
  const auto listen = [&](const http_request&, const http_reply& reply) {
    http_answer result{200, {}, "text/event-stream"};
    result.stream = events->listen();
    reply(std::move(result));
  };
  auto started = start_http(*listen_on({"127.0.0.1:0"}), {{"GET", "/events", listen}});
  REQUIRE(started.has_value());
  const auto first_event = [&](const std::string& version) {
    const raw_client client{(*started)->port()};
    CHECK(client.send("GET /events HTTP/" + version + "\r\nHost: x\r\n\r\n"));
    std::string text;
    for (auto part = client.receive(); text.find("data: {}\n\n") == std::string::npos;
         part = client.receive()) {
      REQUIRE_FALSE(part.empty());
      text += part;
    }
    return text;
  };
  const std::string event = "retry: 1000\nevent: status\ndata: {}\n\n";
  CHECK(first_event("1.0").find("\r\n\r\n" + event) != std::string::npos);
  const auto chunked = first_event("1.1");
  CHECK(chunked.find("Transfer-Encoding: chunked") != std::string::npos);
  CHECK(chunked.find("\r\n" + event) != std::string::npos);
}

TEST_CASE("who listens and reads nothing holds up neither others nor a stop, and takes no memory") {
  real_world world;
  auto service = world.start_service();
  REQUIRE(eventually([&] { return service.page("/_health") == 200; }));
  std::list<deaf_listener> deaf;
  while (deaf.size() + 1 < max_listeners)
    deaf.emplace_back(service.http, "/api/events");
  std::size_t heard = 0, before = 0, after = 0;
  http_client{service.http}.stream("/api/events", [&](std::string_view) {
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
    bool first = true;
    http_client{port}.stream("/api/events", [&](std::string_view part) {
      if (std::exchange(first, false))
        heard += part.find("\"healthy\"") != std::string_view::npos;
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
