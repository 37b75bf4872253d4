// No secret that the service knows is told: every place that says something is looked at.
#include <csignal>

#include <doctest/doctest.h>

#include "tests/support/http_client.hpp"
#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// No word of a secret's value appears anywhere else.
const std::string mark = "zq7secret";
const std::string nats_password = mark + "-nats", redis_password = mark + "-redis",
                  payload_password = mark + "-payload";

/// All that is said over HTTP, a second of the events among it.
std::string all_pages(const service_process& of) {
  std::string result, body;
  for (const char* path :
       {"/", "/ready", "/_health", "/metrics", "/api/status", "/api/devices", "/api/refreshes",
        "/api/explain/NOBODY", "/nothing", "/api/devices?x=1"}) {
    CHECK_MESSAGE(of.page(path, &body) != 0, path);
    result += body;
  }
  http_client{of.http}.stream("/api/events", [&](std::string_view part) {
    result += part;
    return false; // one is enough
  });
  return result;
}

/// All that is said over NATS, to whoever asks.
std::string all_replies(real_world& world) {
  std::string result;
  for (const char* subject :
       {"hawkeye.customer.cache.get", "hawkeye.customer.cache.status",
        "hawkeye.customer.cache.explain", "hawkeye.customer.cache.refresh",
        "hawkeye.customer.cache.leader", "$SRV.PING", "$SRV.INFO", "$SRV.STATS"})
    for (const char* request : {R"({"body":{}})", R"({"body":{"serial_number":"X"}})", "?",
                                R"({"body":{},"ask":"status"})"})
      result += world.stage().ask(subject, request, 1s).value_or("");
  return result;
}

void lets_in(real_world& world, const std::string& nats, const std::string& redis,
             const std::string& payload) {
  world.configure_nats("authorization: {users: [{user: hawkeye, password: \"" + nats
                       + "\"}, {user: tests, password: tests}]}\nno_auth_user: tests\n");
  world.nats.restart();
  world.forget_client();
  redis_cli(world.redis, {"acl", "setuser", "hawkeye", "resetpass", ">" + redis});
  redis_cli(world.redis, {"acl", "setuser", "hawkeye-payload", "resetpass", ">" + payload});
}

/// `name` of each place that tells a secret, if any.
void check_tells_nothing(const std::vector<std::pair<std::string, std::string>>& said) {
  for (const auto& [name, text] : said) {
    CHECK_MESSAGE(!text.empty(), name);
    const auto at = text.find(mark);
    CHECK_MESSAGE(at == std::string::npos, name,
                  " tells: ", text.substr(at < 100 ? 0 : at - 100, 200));
  }
}

} // namespace

TEST_CASE("no secret is told: in a log, on a page, in an answer, let in or refused") {
  for (const char* format : {"text", "json"}) {
    CAPTURE(format);
    scratch_directory files;
    real_world world;
    lets_in(world, "other", "other", "other");
    world.start_bridges({"--probes=5"});
    const auto redis = "127.0.0.1:" + std::to_string(world.redis.port());
    const auto config = files.write("config.ini", "[nats]\nuser = \"hawkeye\"\npassword = \""
                                                      + nats_password + "\"\n");
    const arguments with{
        "--config-file=" + config,
        "--nats.servers=" + nats_url(world.nats),
        "--redis.uri-file=" + files.write("uri", "redis://hawkeye:" + redis_password + "@" + redis),
        "--log.level=trace",
        std::string{"--log.format="} + format,
        "--refresh.retry-max=1s",
        "--refresh.retry-min=50ms"};
    const arguments environment{"HAWKEYE_CACHE_REDIS_PAYLOAD_URI=redis://hawkeye-payload:"
                                + payload_password + "@" + redis};
    const auto http = free_port();
    arguments argv{service_program(), "serve", "--http.listen=127.0.0.1:" + std::to_string(http)};
    argv.insert(argv.end(), with.begin(), with.end());
    service_process service{server_process{std::move(argv), http, environment}, http};
    CHECK(eventually([&] {
      const auto log = service.process.output();
      return log.find("refuses nats.user") != std::string::npos
             && log.find("password in redis.uri is wrong") != std::string::npos;
    }));
    const auto refused = all_pages(service);
    lets_in(world, nats_password, redis_password, payload_password);
    REQUIRE(service.await_ready());
    files.write("config.ini", "[nats]\nuser = \"hawkeye\"\npassword = \"" + mark + "-new\"\n");
    service.process.signal(SIGHUP);
    CHECK(eventually([&] {
      return service.process.output().find("only a restart changes: nats.password")
             != std::string::npos;
    }));
    const auto replies = all_replies(world);
    const auto pages = all_pages(service);
    CHECK(service.process.terminate() == 0);
    arguments check{service_program(), "check-config"};
    check.insert(check.end(), with.begin(), with.end());
    server_process checked{check, 0, environment};
    CHECK(checked.wait_for_exit(20s) == 0);
    check_tells_nothing({{"the log", service.process.output()},
                         {"a page while refused", refused},
                         {"a page", pages},
                         {"a reply", replies},
                         {"check-config", checked.output()}});
  }
}

TEST_CASE("no login is told where it is refused, and none that is wrong where it stops the start") {
  scratch_directory files;
  real_world world;
  lets_in(world, "other", "other", "other");
  const auto server = "127.0.0.1:" + std::to_string(world.nats.port());
  const std::vector<arguments> refused{
      {"--nats.servers=nats://hawkeye:" + mark + "@" + server},
      {"--nats.servers=nats://" + mark + "@" + server},
      {"--nats.servers=nats://" + server, "--nats.token-file=" + files.write("token", mark)},
      {"--nats.servers=nats://" + server, "--nats.user=hawkeye",
       "--nats.password-file=" + files.write("password", mark)}};
  for (const auto& login : refused) {
    const auto http = free_port();
    arguments argv{service_program(), "serve", "--http.listen=127.0.0.1:" + std::to_string(http),
                   "--redis.uri=redis://:" + mark
                       + "@127.0.0.1:" + std::to_string(world.redis.port()),
                   "--log.level=trace"};
    argv.insert(argv.end(), login.begin(), login.end());
    const service_process service{server_process{std::move(argv), http}, http};
    CHECK(eventually([&] {
      return service.process.output().find("NATS cannot be reached") != std::string::npos;
    }));
    check_tells_nothing({{"the log", service.process.output()}, {"a page", all_pages(service)}});
  }
  const std::vector<arguments> wrong{
      {"--nats.password=" + mark},
      {"--nats.servers=http://u:" + mark + "@x"},
      {"--redis.uri=redis://u:" + mark + "@h:x"},
      {"--redis.uri=rediss://u:" + mark + "@h"},
      {"--nats.password=" + mark, "--nats.user=u", "--nats.token=x"},
      {"--nats.passwort=" + mark},
      {"--nats.token-file=" + files.write("empty", "")},
      {"--redis.uri-file=" + files.write("bad", mark)},
      {"--config-file=" + files.write("c.ini", "[nats]\npassword = \"" + mark)}};
  for (const auto& options : wrong) {
    arguments argv{service_program(), "check-config"};
    argv.insert(argv.end(), options.begin(), options.end());
    server_process once{std::move(argv)};
    REQUIRE(once.wait_for_exit(20s));
    check_tells_nothing({{"the refusal", once.output()}});
  }
}
