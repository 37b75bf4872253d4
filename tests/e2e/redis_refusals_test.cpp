// A real Redis that answers and refuses to write, with nothing to be written at first: it is named,
// the instances agree on one that refreshes, and what was missed is written afterwards.
#include <filesystem>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

bool page_has(const service_process& service, const std::string& path, const std::string& part) {
  std::string body;
  service.page(path, &body);
  return body.find(part) != std::string::npos;
}

bool names(const service_process& service, const std::string& reason) {
  return page_has(service, "/ready", reason) && page_has(service, "/_health", reason);
}

json status_of(const service_process& service) {
  std::string body;
  return service.page("/api/status", &body) == 200 ? json::parse(body) : json{};
}

/// How many refreshes an instance made itself.
double refreshes_of(const service_process& service) {
  std::string body;
  service.page("/metrics", &body);
  double result = 0;
  const std::string series = "\nhawkeye_cache_refreshes_total{";
  for (auto at = body.find(series); at != std::string::npos; at = body.find(series, at + 1))
    result += std::stod(body.substr(body.find('}', at) + 1));
  return result;
}

} // namespace

TEST_CASE("every way in which a Redis refuses to write is named within seconds, and its end, too") {
  scratch_directory files;
  const auto data = files.path("data");
  std::filesystem::create_directory(data);
  real_world world{{}, {"--dir", data}};
  world.start_bridges({"--probes=5"});
  const auto service = world.start_service();
  REQUIRE(service.await_ready());
  REQUIRE(eventually([&] { return status_of(service)["healthy"] == true; }));
  const auto set = [&](const char* key, const char* value) {
    redis_cli(world.redis, {"config", "set", key, value});
  };
  const auto refuses = [&](const std::string& reason, const std::function<void()>& no_more) {
    const auto sentence = "it refuses to write: " + reason;
    CAPTURE(sentence);
    CHECK(eventually([&] { return names(service, sentence); }, 20s));
    CHECK(status_of(service)["healthy"] == false);
    CHECK(service.ready()); // it serves
    no_more();
    CHECK(eventually([&] { return page_has(service, "/ready", R"("redis":"in use")"); }, 20s));
    CHECK(status_of(service)["healthy"] == true);
  };
  redis_cli(world.redis, {"replicaof", "127.0.0.1", "1"});
  refuses("it is a replica", [&] { redis_cli(world.redis, {"replicaof", "no", "one"}); });
  set("maxmemory", "1");
  refuses("its memory is full", [&] { set("maxmemory", "0"); });
  set("min-replicas-to-write", "1");
  refuses("fewer replicas", [&] { set("min-replicas-to-write", "0"); });
  std::filesystem::remove_all(data); // nothing can be saved there any more
  set("save", "1 1");
  refuses("it cannot save", [&] { set("stop-writes-on-bgsave-error", "no"); });
  const auto log = service.process.output();
  CHECK(log.find("Redis refuses to write (1 in a row)") != std::string::npos);
  CHECK(log.find("Redis takes writes again") != std::string::npos);
  CHECK(log.find("Redis is away") == std::string::npos);
}

TEST_CASE("while Redis is a replica one of two instances refreshes, and another one if that ends") {
  real_world world;
  world.start_bridges({"--probes=5"});
  const arguments every_second{"--refresh.interval=1s", "--refresh.jitter=0s"};
  auto first = world.start_service(every_second);
  REQUIRE(first.await_ready());
  const auto second = world.start_service(every_second);
  REQUIRE(second.await_ready());
  REQUIRE(eventually([&] { return status_of(second)["lease"] == "another"; }));
  redis_cli(world.redis, {"replicaof", "127.0.0.1", "1"});
  const auto lease_is_gone = [&] {
    return redis_cli(world.redis, {"exists", "hawkeye:lease"}).starts_with("0");
  };
  REQUIRE(eventually(lease_is_gone, 20s));
  const auto before = refreshes_of(first);
  CHECK(eventually([&] { return refreshes_of(first) >= before + 6; }, 30s));
  CHECK(refreshes_of(second) == 0);
  CHECK(status_of(first)["lease"] == "ours");
  CHECK(status_of(second)["lease"] == "another");

  first.process.kill9();
  CHECK(eventually([&] { return refreshes_of(second) >= 2; }, 30s));
  CHECK(status_of(second)["lease"] == "ours");
  const auto in_redis = [&] {
    const auto stored = world.stored();
    return stored ? stored->meta : std::nullopt;
  };
  const auto stale = in_redis();
  redis_cli(world.redis, {"replicaof", "no", "one"});
  CHECK(eventually([&] { return in_redis() != stale; }, 20s));
  CHECK(eventually([&] { return status_of(second)["healthy"] == true; }));
}
