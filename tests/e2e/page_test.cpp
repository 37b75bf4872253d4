// The page at `/`, looked at with a real browser, and what it reads over HTTP.
#include <doctest/doctest.h>

#include "tests/support/http_client.hpp"
#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct site {
  explicit site(arguments bridges, arguments options = {}) {
    world.start_bridges(std::move(bridges));
    service.emplace(world.start_service(std::move(options)));
    REQUIRE(service->await_ready(90s));
  }
  json page(const std::string& path, int expected = 200) {
    std::string body;
    CHECK_MESSAGE(service->page(path, &body) == expected, path);
    return json::parse(body, nullptr, false);
  }
  real_world world;
  std::optional<service_process> service;
};

/// Looks with the browser; ends and starts the service where the script asks for it.
void look(site& x, std::size_t devices, std::size_t hostile) {
  arguments command{"node", source_path("tests/page/check.mjs"),
                    "http://127.0.0.1:" + std::to_string(x.service->http), std::to_string(devices),
                    std::to_string(hostile)};
  if (const char* folder = std::getenv("PAGE_SCREENSHOTS"))
    command.emplace_back(folder);
  server_process browser{
      command, 0, {"STAND_IN=" + stand_in_program(), "NATS_URL=" + nats_url(x.world.nats)}};
  const auto told = [&](const char* line) {
    return eventually(
        [&] { return browser.output().find(line) != std::string::npos || !browser.running(); },
        120s);
  };
  CHECK(told("away please"));
  x.service->process.kill9();
  CHECK(told("back please"));
  x.service->process.start();
  const auto code = browser.wait_for_exit(120s);
  CHECK_MESSAGE(code == 0, browser.output());
}

} // namespace

TEST_CASE("a person finds everything on the page: 300 devices, some with names made to do harm") {
  site x{{"--probes=300", "--hostile=10", "--latency=100", "--parallel=16"}};
  look(x, 300, 10);
}

TEST_CASE("a person finds everything on the page: 50,000 devices") {
  site x{{"--probes=50000", "--latency=20"}, {"--bruin.concurrency=256"}};
  look(x, 50'000, 0);
}

TEST_CASE("a person sees all refreshes that are kept, and none closes when the next one is added") {
  site x{{"--probes=3"}, {"--refresh.interval=100ms", "--refresh.jitter=0s"}};
  REQUIRE(eventually([&] { return x.page("/api/refreshes").size() == 50; }, 60s));
  CHECK(x.service->process.terminate() == 0);
  x.service.emplace(x.world.start_service({"--refresh.interval=1s", "--refresh.jitter=0s"}));
  REQUIRE(x.service->await_ready());
  server_process browser{{"node", source_path("tests/page/refreshes.mjs"),
                          "http://127.0.0.1:" + std::to_string(x.service->http)}};
  const auto code = browser.wait_for_exit(60s);
  CHECK_MESSAGE(code == 0, browser.output());
}

TEST_CASE("the device table over HTTP: pages, order, search, and a clear 400 for the rest") {
  site x{{"--probes=120"}};
  const auto first = x.page("/api/devices?size=100");
  CHECK(first["total"] == 120);
  CHECK(first["devices"].size() == 100);
  CHECK(x.page("/api/devices?size=100&page=2")["devices"].size() == 20);
  const std::string serial = first["devices"][3]["serial_number"];
  CHECK(x.page("/api/devices?search=" + serial)["matched"] == 1);
  CHECK(x.page("/api/devices?sort=client_name&order=desc")["devices"].size() == 50);
  for (const char* wrong : {"size=0", "size=201", "page=x", "sort=age", "order=up", "search=%FF",
                            "what=1", "size=5&size=6"}) {
    const auto said = x.page(std::string{"/api/devices?"} + wrong, 400);
    CHECK_MESSAGE(said["error"].is_string(), wrong);
  }
}

TEST_CASE("before there is a snapshot the device table says so") {
  real_world world;
  const auto service = world.start_service();
  REQUIRE(eventually([&] { return service.page("/_health") == 200; }));
  std::string body;
  CHECK(service.page("/api/devices", &body) == 503);
  CHECK(body.find("No snapshot") != std::string::npos);
}

TEST_CASE("the page cannot be framed, guessed at or mixed with scripts from elsewhere") {
  site x{{"--probes=5"}};
  const http_client client{x.service->http};
  for (const char* path : {"/", "/script.js", "/style.css", "/api/status", "/nothing"}) {
    const auto got = client.get(path);
    REQUIRE(got.has_value());
    const auto policy = got->header("Content-Security-Policy");
    CHECK(policy.find("default-src 'none'") == 0);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(got->header("X-Content-Type-Options") == "nosniff");
    CHECK(got->header("Referrer-Policy") == "no-referrer");
    CHECK(got->header("Cache-Control")
          == (std::string{path} == "/api/status" || std::string{path} == "/nothing" ? "no-store"
                                                                                    : "no-cache"));
  }
  const auto tag = client.get("/script.js")->header("ETag");
  CHECK(client.get("/script.js", {{"If-None-Match", tag}})->status == 304);
  CHECK(client.get("/../web/script.js")->status == 404);
  CHECK(client.post("/", {}, "")->status == 405);
}

TEST_CASE("a serial number of any length is explained by POST, from our own page only") {
  site x{{"--probes=5", "--hostile=5"}};
  const http_client client{x.service->http};
  const http_headers ours{{"X-Hawkeye-Cache", "explain"}};
  const auto all = x.page("/api/devices");
  for (const auto& device : all["devices"]) {
    const json body{{"serial_number", device["serial_number"]}};
    const auto got = client.post("/api/explain", ours, body.dump());
    REQUIRE(got.has_value());
    CHECK(got->status == 200);
    CHECK(json::parse(got->body)["served"] == true);
  }
  CHECK(client.post("/api/explain", {}, "{}")->status == 403);
  CHECK(client.post("/api/explain", ours, "{}")->status == 400);
}
