// Surroundings that misbehave as others have reported it: a log that nobody reads, a stream over
// our subjects. With real servers and the whole program.
#include <csignal>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/loopback.hpp"
#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A named pipe that is full, so that the next write blocks.
struct full_pipe {
  explicit full_pipe(const scratch_directory& files) : path{files.write("pipe", "")} {
    ::unlink(path.c_str());
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    fd = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(fd >= 0);
    const std::string filling(4096, '.');
    while (::write(fd, filling.data(), filling.size()) > 0) {}
  }
  ~full_pipe() {
    ::close(fd);
  }
  std::string path;
  int fd = -1;
};

/// The service with its standard error in a file of any kind.
service_process start_with_stderr(const real_world& world, const std::string& path) {
  const auto http = free_port();
  arguments argv{"sh",
                 "-c",
                 "target=$1; shift; exec \"$@\" 2>\"$target\"",
                 "sh",
                 path,
                 service_program(),
                 "serve",
                 "--http.listen=127.0.0.1:" + std::to_string(http)};
  for (auto& option : world.service_options({"--refresh.interval=1s", "--refresh.jitter=0s"}))
    argv.push_back(std::move(option));
  return {server_process{std::move(argv), http}, http};
}

} // namespace

TEST_CASE("a log that nobody reads stops no refresh, no reply, no reconnect and no SIGTERM") {
  real_world world;
  scratch_directory files;
  const full_pipe nobody_reads{files};
  world.start_bridges({"--probes=10"});
  auto service = start_with_stderr(world, nobody_reads.path);
  REQUIRE(eventually([&] { return world.served() == 10; }, 20s));
  world.nats.restart();
  world.forget_client();
  world.start_bridges({"--probes=11"});
  CHECK(eventually([&] { return world.served() == 11; }, 20s));
  service.process.signal(SIGTERM);
  CHECK(service.process.wait_for_exit(5s) == 0);
}

TEST_CASE("a JetStream stream over all subjects disturbs neither refreshes nor the commands") {
  scratch_directory files;
  real_world world{"jetstream: {store_dir: \"" + files.write("streams", "") + ".d\"}\n"};
  const auto made = world.stage().ask(
      "$JS.API.STREAM.CREATE.everything",
      R"({"name":"everything","subjects":["hawkeye.>","bruin.>"],"storage":"memory"})");
  REQUIRE(made);
  REQUIRE_MESSAGE(!json::parse(*made).contains("error"), *made);
  world.start_bridges({"--probes=10"});
  auto service = world.start_service();
  REQUIRE(service.await_ready());
  CHECK(service.process.output().find("a JetStream stream acknowledges what is asked on")
        != std::string::npos);
  auto options = world.operator_options();
  options.insert(options.begin(), {"get", "--json"});
  std::string output;
  CHECK(world.run(options, &output) == 0);
  CHECK_MESSAGE(json::parse(output, nullptr, false).size() == 10, output);
}

TEST_CASE("a client of NATS that asks and reads nothing is cut off, and the others are served") {
  real_world world;
  world.start_bridges({"--probes=2000"});
  auto service = world.start_service();
  REQUIRE(service.await_ready());
  const auto all = world.expected().size();
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(world.nats.port());
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const auto ask = [fd](int times) {
    std::string text;
    for (int i = 0; i < times; ++i)
      text += "PUB hawkeye.customer.cache.get _INBOX.monitor.slow 11\r\n{\"body\":{}}\r\n";
    REQUIRE(::send(fd, text.data(), text.size(), MSG_NOSIGNAL)
            == static_cast<ssize_t>(text.size()));
  };
  const std::string login =
      "CONNECT {\"user\":\"monitor\",\"pass\":\"monitor\"}\r\nSUB _INBOX.monitor.slow 1\r\n";
  REQUIRE(::send(fd, login.data(), login.size(), MSG_NOSIGNAL)
          == static_cast<ssize_t>(login.size()));
  ask(60); // 32 MB: less than what the server keeps for a client before it slows down the service
  for (int i = 0; i < 20; ++i)
    CHECK(world.served() == all);
  ask(140); // more than it keeps at all
  CHECK(eventually([&] { return world.nats.output().find("Slow Consumer") != std::string::npos; },
                   30s));
  CHECK(eventually([&] { return world.served() == all; }, 30s));
  ::close(fd);
  CHECK(service.ready());
}

TEST_CASE(
    "a NATS that ends each connection soon after it was made fills no log, and is used again") {
  scratch_directory files;
  const auto port = free_port();
  const auto lines = "host: 127.0.0.1\nport: " + std::to_string(port) + "\n";
  const auto file = files.write("nats.conf", lines + "max_subs: 4\n");
  server_process nats{{"nats-server", "-c", file}, port};
  const auto redis = start_redis();
  const auto http = free_port();
  const service_process service{
      server_process{{service_program(), "--config-file=/dev/null",
                      "--nats.servers=" + nats_url(nats), "--redis.uri=" + redis_url(redis),
                      "--http.listen=127.0.0.1:" + std::to_string(http)},
                     http},
      http};
  const auto page = [&](const char* path) {
    std::string body;
    service.page(path, &body);
    return body;
  };
  const auto lost = [&] {
    const auto text = page("/metrics");
    const auto at = text.find("\nhawkeye_cache_nats_reconnects_total ");
    return at == std::string::npos ? 0 : std::stod(text.substr(text.find(' ', at)));
  };
  CHECK(eventually([&] { return lost() >= 20; }, 60s));
  const auto log = service.process.output();
  std::size_t told = 0;
  for (auto at = log.find("NATS"); at != std::string::npos; at = log.find("NATS", at + 1))
    ++told;
  CHECK_MESSAGE(told < 25, log);
  CHECK(log.find("maximum subscriptions exceeded") != std::string::npos);
  CHECK(log.find("times in a row soon after it was there") != std::string::npos);
  files.write("nats.conf", lines);
  nats.restart();
  CHECK(eventually([&] { return page("/ready").find("NATS: ") == std::string::npos; }, 20s));
  CHECK(eventually([&] {
    return test::nats_client{nats_url(nats)}
        .ask("hawkeye.customer.cache.status", R"({"body":{}})", 1s)
        .has_value();
  }));
}

TEST_CASE("a program that deletes the snapshot again and again does not fill the log") {
  real_world world;
  world.start_bridges({"--probes=5"});
  const auto service = world.start_service();
  REQUIRE(service.await_ready());
  const auto stands = [&] {
    return redis_cli(world.redis, {"exists", "hawkeye", "hawkeye:meta"}).starts_with("2");
  };
  for (int i = 0; i < 12; ++i) {
    REQUIRE(eventually(stands));
    redis_cli(world.redis, {"flushall"});
    world.stage().tell("hawkeye.customer.cache.updated", "{}"); // it looks at once
  }
  REQUIRE(eventually(stands));
  const auto has = [&](const char* part) {
    return service.process.output().find(part) != std::string::npos;
  };
  CHECK(eventually([&] { return has("it is written again (8 times in a row)"); }));
  const auto log = service.process.output();
  std::size_t told = 0;
  for (auto at = log.find("Redis"); at != std::string::npos; at = log.find("Redis", at + 1))
    ++told;
  CHECK_MESSAGE(told < 12, log);
}
