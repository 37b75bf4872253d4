// Redis over TLS as the service speaks it itself (rediss://), with hiredis 1.x: a real
// redis-server, the right one and those that must not get us.
#include <filesystem>

#include <doctest/doctest.h>

#include "actors/redis/tls.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

/// What ctest takes for a skipped test is this word.
bool lacks_tls() {
  redis_address address;
  address.tls = true;
  const auto why = unsupported(address, "redis.uri");
  if (why)
    MESSAGE("skipped: " << why->reason);
  return why.has_value();
}

struct redis_papers : certificates {
  redis_papers() {
    make("right", "ours", "IP:127.0.0.1,DNS:localhost");
    make("elsewhere", "ours", "DNS:elsewhere.example");
    make("strange", "another", "IP:127.0.0.1");
    make("expired", "ours", "IP:127.0.0.1", 0);
    make("client", "ours", "DNS:client");
    make("strange_client", "another", "DNS:client");
  }
  arguments authority() const {
    return {"--redis.tls-ca=" + certificate("ours")};
  }
  arguments client(const std::string& name) const {
    return {"--redis.tls-ca=" + certificate("ours"), "--redis.tls-cert=" + certificate(name),
            "--redis.tls-key=" + key(name)};
  }
};

std::string tls_address(const server_process& redis, const std::string& user,
                        const std::string& host) {
  auto url = "rediss" + redis_url(redis, user).substr(std::string{"redis"}.size());
  const std::string usual = "127.0.0.1";
  return url.replace(url.find(usual), usual.size(), host);
}

/// A service that has this Redis for both, and serves without it, too.
service_process start_over_tls(const real_world& world, const server_process& redis,
                               arguments options, const std::string& host = "127.0.0.1") {
  options.push_back("--redis.uri=" + tls_address(redis, "hawkeye", host));
  options.push_back("--redis.payload-uri=" + tls_address(redis, "hawkeye-payload", host));
  auto result = world.start_service(std::move(options));
  REQUIRE(result.await_ready());
  return result;
}

bool page_says(const service_process& service, const std::string& words) {
  std::string body;
  const bool said = eventually([&] {
    service.page("/ready", &body);
    return body.find(words) != std::string::npos;
  });
  CHECK_MESSAGE(said, words << " is not in " << body);
  return said;
}

/// Also in the log.
void is_told(const service_process& service, const std::string& words) {
  page_says(service, words);
  CHECK(eventually([&] { return service.process.output().find(words) != std::string::npos; }));
}

void both_in_use(const service_process& service) {
  page_says(service, R"("redis":"in use")");
  page_says(service, R"("payload_redis":"in use")");
}

} // namespace

TEST_CASE("over TLS the right Redis is used, by name and by address, also one that wants ours") {
  if (lacks_tls())
    return;
  const redis_papers made;
  real_world world;
  world.start_bridges({"--probes=5"});
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    const auto redis = redis_with_tls(made, "right");
    const auto first = start_over_tls(world, redis, made.authority(), host);
    both_in_use(first);
    // Another one finds there what the first one wrote.
    const auto second = start_over_tls(world, redis, made.authority(), host);
    both_in_use(second);
    CHECK(second.process.output().find("taken from Redis") != std::string::npos);
  }
  const auto strict = redis_with_tls(made, "right", true);
  both_in_use(start_over_tls(world, strict, made.client("client")));
}

TEST_CASE("over TLS a Redis that is not the right one is not used, and why is told with the key") {
  if (lacks_tls())
    return;
  const redis_papers made;
  real_world world;
  world.start_bridges({"--probes=5"});
  struct row {
    const char* server;
    bool wants_ours;
    arguments options;
    const char* said;
  };
  const std::vector<row> table{
      {"strange", false, made.authority(), "is not signed by the authority in redis.tls-ca"},
      {"right", false, {}, "name the authority in redis.tls-ca"},
      {"elsewhere", false, made.authority(), "is for another name than redis.uri calls it by"},
      {"expired", false, made.authority(), "has expired: it needs a new one"},
      {"right", true, made.authority(), "it wants a certificate (redis.tls-cert, redis.tls-key)"},
      {"right", true, made.client("strange_client"),
       "it may not trust the certificate in redis.tls-cert"},
  };
  for (const auto& [server, wants_ours, options, said] : table) {
    CAPTURE(server);
    const auto redis = redis_with_tls(made, server, wants_ours);
    is_told(start_over_tls(world, redis, options), said);
  }
  is_told(start_over_tls(world, world.redis, made.authority()),
          "asks for TLS: does this port speak it?");
}

TEST_CASE(
    "a Redis that changes its certificate, and files that change, count at the next connect") {
  if (lacks_tls())
    return;
  const redis_papers made;
  const scratch_directory files;
  const auto authority = files.path("ca.pem");
  std::filesystem::copy_file(made.certificate("ours"), authority);
  real_world world;
  world.start_bridges({"--probes=5"});
  auto redis = redis_with_tls(made, "right");
  const auto port = redis.port();
  const auto service = start_over_tls(world, redis, {"--redis.tls-ca=" + authority});
  both_in_use(service);
  redis.kill9();
  redis = redis_with_tls(made, "strange", false, port);
  is_told(service, "is not signed by the authority in redis.tls-ca");
  redis.kill9();
  redis = redis_with_tls(made, "right", false, port);
  both_in_use(service);
  std::filesystem::remove(authority);
  redis.restart();
  is_told(service, "redis.tls-ca = ");
}
