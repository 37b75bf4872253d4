// The pages' server against clients as they should not be: raw sockets on loopback.
#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <thread>

#include <sys/resource.h>

#include <doctest/doctest.h>

#include "actors/http/server.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/server_process.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

/// A server with a page to read, one to post to and one that has others below.
struct pages {
  explicit pages(std::vector<std::string> listen = {"127.0.0.1:0"}) {
    auto started = start_http(*listen_on(listen),
                              {{"GET", "/read",
                                [](const http_request&, const http_reply& reply) {
                                  reply({200, "read\n"});
                                }},
                               {"GET", "/later",
                                [](const http_request&, const http_reply& reply) {
                                  std::thread{[reply] {
                                    reply({200, "later\n"});
                                  }}.detach();
                                }},
                               {"GET", "/never",
                                [this](const http_request&, const http_reply& reply) {
                                  ++waiting;
                                  unanswered.push_back(reply);
                                }},
                               {"POST", "/post",
                                [this](const http_request& x, const http_reply& reply) {
                                  ++posts;
                                  reply({200, "posted " + std::to_string(x.body.size()) + "\n"});
                                }},
                               {"GET", "/below/",
                                [](const http_request& x, const http_reply& reply) {
                                  reply({200, "below " + x.tail + "\n"});
                                }}},
                              {.over = [this](limit x) {
                                ++over[static_cast<std::size_t>(x)];
                              }});
    REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error().reason));
    server = *std::move(started);
  }
  ~pages() {
    server->stop();
  }
  std::string ask(std::string_view bytes) const {
    const raw_client client{server->port()};
    CHECK(client.send(bytes));
    return client.answer();
  }
  /// The status of the answer to these first words of a request, and its whole text.
  int status(const std::string& words, std::string* text = nullptr) const {
    const auto answer = ask(words + " HTTP/1.1\r\nHost: x\r\n\r\n");
    if (text)
      *text = answer;
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9)) : 0;
  }

  int went_over(limit what) const {
    return over[static_cast<std::size_t>(what)];
  }

  std::atomic<int> posts = 0, waiting = 0;
  std::vector<http_reply> unanswered; ///< of the server's thread
  std::array<std::atomic<int>, limit_count> over{};
  std::unique_ptr<http_server> server;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("HTTP refuses what it does not know, and no slow client holds up another") {
  const pages x;
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    CHECK_MESSAGE(x.status(std::string{method} + " /read") == 405, method);
  for (const char* method : {"get", "GE\x1bT", "G(T"})
    CHECK_MESSAGE(x.status(std::string{method} + " /read") == 400, method);
  std::string answer;
  for (const char* method : {"TRACE", "CONNECT", "PROPFIND", "BREW"}) {
    CHECK_MESSAGE(x.status(std::string{method} + " /read?x", &answer) == 405, method);
    CHECK(has(answer, "Allow: GET"));
    CHECK(x.status(std::string{method} + " /nothing") == 404);
  }
  CHECK(x.status("HEAD /read") == 200);
  CHECK(x.status("GET /post", &answer) == 405);
  CHECK(has(answer, "Allow: POST"));
  CHECK(has(answer, R"({"error":"this page takes POST only"})"));
  for (const char* path : {"/", "/below", "/READ", "/read/", "//read", "/read%00", "/a/../read",
                           "/..%2f..%2fetc/passwd", "*", "http://x", "x/read"})
    CHECK_MESSAGE(x.status(std::string{"GET "} + path) == 404, path);
  CHECK(x.status("GET /below/..%2fread", &answer) == 200);
  CHECK(has(answer, "below ../read"));
  CHECK(x.status("GET /" + std::string(10'000, 'x')) == 414);
  CHECK(x.status("GET /read", &answer) == 200);
  for (const char* header : {"X-Content-Type-Options: nosniff", "Cache-Control: no-store",
                             "Content-Security-Policy: default-src 'none'", "Connection: close"})
    CHECK_MESSAGE(has(answer, header), header);
  CHECK(has(x.ask("GET /read HTTP/1.1\r\nHost: x\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n"),
            " 431 "));

  std::vector<std::unique_ptr<raw_client>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<raw_client>(x.server->port()));
    if (i % 2 == 0)
      CHECK(slow.back()->send("POST /po"));
  }
  CHECK(x.status("GET /read") == 200);
  CHECK(x.went_over(limit::http_connections) == 0);
}

TEST_CASE("a proxy's absolute form, HTTP/1.0 and an answer that comes later are served") {
  const pages x;
  CHECK(x.status("GET http://x:5000/read") == 200);
  CHECK(has(x.ask("GET /read HTTP/1.0\r\n\r\n"), "\r\n\r\nread\n"));
  CHECK(has(x.ask("GET /later HTTP/1.1\r\nHost: x\r\n\r\n"), "\r\n\r\nlater\n"));
  std::string answer;
  CHECK(x.status("HEAD /later", &answer) == 200);
  CHECK(has(answer, "Content-Length: 6\r\n"));
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("a name is listened on at all of its addresses, and several addresses at once") {
  const pages x{{"localhost:0", "127.0.0.2:0"}};
  CHECK(x.server->addresses().size() >= 2);
  CHECK(x.status("GET /read") == 200);
  const auto taken = listen_on({"127.0.0.1:" + std::to_string(x.server->port())});
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().reason.find("Address already in use") != std::string::npos);
  CHECK_FALSE(listen_on({"nowhere.invalid:1"}).has_value());
  CHECK(listen_on({"127.0.0.1:0", "localhost:0"}).has_value());
  const auto port = std::to_string(free_port());
  const auto same = listen_on({"127.0.0.1:" + port, "localhost:" + port});
  REQUIRE(same.has_value());
  CHECK(std::count_if(same->begin(), same->end(),
                      [&](const auto& one) { return one.address == "127.0.0.1:" + port; })
        == 1);
}

TEST_CASE("of a thousand that connect and stay silent none holds up a request, and it is counted") {
  // Clients and server are one process here, and the usual limit is 1024.
  rlimit descriptors{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &descriptors) == 0);
  descriptors.rlim_cur = std::min<rlim_t>(descriptors.rlim_max, 4096);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &descriptors) == 0);
  const pages x;
  std::vector<std::unique_ptr<raw_client>> silent;
  for (std::size_t i = 0; i < 1000; ++i) {
    silent.push_back(std::make_unique<raw_client>(x.server->port()));
    if (i % 100 == 99)
      CHECK(x.status("GET /read") == 200);
  }
  CHECK(x.went_over(limit::http_connections) > 0);
}

TEST_CASE("where all connections wait for their answers the next one waits until one is there") {
  pages x;
  std::vector<std::unique_ptr<raw_client>> busy;
  for (std::size_t i = 0; i < max_http_connections; ++i) {
    busy.push_back(std::make_unique<raw_client>(x.server->port()));
    CHECK(busy.back()->send("GET /never HTTP/1.1\r\nHost: x\r\n\r\n"));
  }
  REQUIRE(eventually([&] { return x.waiting == static_cast<int>(max_http_connections); }));
  const raw_client last{x.server->port()};
  CHECK(last.send("GET /read HTTP/1.1\r\nHost: x\r\n\r\n"));
  x.unanswered.front()({200, "at last\n"});
  CHECK(has(busy.front()->answer(), "at last"));
  CHECK(has(last.answer(), "read"));
}

TEST_CASE("a client that sends byte after byte without end is cut off") {
  const pages x;
  const raw_client client{x.server->port()};
  CHECK(client.send("GET /read HTTP/1.1\r\nX: "));
  CHECK(eventually([&] { return !client.send("x"); }));
}

TEST_CASE("a body of more than 64 kB is refused, however it comes, and nothing is kept of it") {
  const pages x;
  const std::string head = "POST /post HTTP/1.1\r\nHost: x\r\n";
  CHECK(has(x.ask(head + "Content-Length: 65537\r\n\r\n" + std::string(65537, 'x')), " 413 "));
  CHECK(has(x.ask(head + "Content-Length: 99999999999999999999\r\n\r\n"), " 413 "));
  const raw_client client{x.server->port()};
  CHECK(client.send(head + "Transfer-Encoding: chunked\r\n\r\n"));
  const auto chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  CHECK(eventually([&] { return !client.send(chunk); })); // it stops reading, and closes
  CHECK(x.posts == 0);
  CHECK(x.went_over(limit::http_bytes) >= 2);
  CHECK(
      has(x.ask(head + "Content-Length: 65536\r\n\r\n" + std::string(65536, 'x')), "posted 65536"));
}

TEST_CASE("a POST that names no length has no body, and is served at once") {
  const pages x;
  std::string answer;
  CHECK(x.status("POST /post", &answer) == 200);
  CHECK(has(answer, "posted 0"));
}

TEST_CASE("one connection carries one request: nothing in a body is taken for a second one") {
  const pages x;
  CHECK_FALSE(has(x.ask("GET /read HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n"
                        "POST /post HTTP/1.1\r\nHost: x\r\n\r\n"),
                  "posted"));
  CHECK(x.posts == 0);
}

TEST_CASE("a request for many ranges gets the page once") {
  const pages x;
  std::string ranges = "Range: bytes=0-";
  for (int i = 0; i < 500; ++i)
    ranges += ",0-";
  const auto answer = x.ask("GET /read HTTP/1.1\r\nHost: x\r\n" + ranges + "\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(answer.ends_with("\r\n\r\nread\n"));
}

TEST_CASE("the server stops at once, whatever its clients are about") {
  pages x;
  const raw_client silent{x.server->port()}, half{x.server->port()};
  CHECK(half.send("GET /re"));
  CHECK(x.status("GET /read") == 200);
  auto stopped = std::async(std::launch::async, [&] { x.server->stop(); });
  CHECK(stopped.wait_for(5s) == std::future_status::ready);
}
