// Kinds of Redis beside the one on this machine that always works: behind sentinels, a cluster, one
// that refuses to write, and addresses where no Redis is. With real servers.
#include <atomic>
#include <filesystem>
#include <thread>

#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "actors/redis/connection.hpp"
#include "messages/config/redis_uri.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/rights.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/support/server_process.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view two_addresses = "two-addresses.test";

} // namespace

/// Stands before the C library's: no name server is needed for a name with two addresses.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  static const auto real =
      reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (!node || node != two_addresses)
    return real(node, service, hints, found);
  const int first = real("127.0.0.2", service, hints, found);
  return first != 0 ? first : real("127.0.0.1", service, hints, &(*found)->ai_next);
}

namespace {

using arguments = std::vector<std::string>;

redis_connection connection_to(const std::string& uri, duration timeout = 2s,
                               const std::string& key = "hawkeye") {
  const auto where = parse_redis_uri(uri);
  REQUIRE_MESSAGE(where, uri);
  return {*where, key, timeout};
}

std::string at(std::uint16_t port) {
  return "redis://127.0.0.1:" + std::to_string(port) + "/0";
}

/// Why a lease cannot be taken; empty: it can.
std::string why_not(redis_connection& redis) {
  const auto held = redis.hold_lease("us", 10s);
  return held ? redis.refusal() : held.error().reason;
}

bool log_has(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found)
    MESSAGE(part << " is not in: " << text);
  return found;
}

/// Three Redis, one of them the master, and three sentinels that look after them. All want a
/// password.
struct watched_redis {
  watched_redis() {
    for (std::size_t i = 0; i < 3; ++i) {
      arguments options{"--requirepass", "secret", "--masterauth", "secret"};
      if (i > 0)
        options.insert(options.end(),
                       {"--replicaof", "127.0.0.1", std::to_string(servers[0].port())});
      servers.push_back(start_redis(free_port(), options));
    }
    const auto master = std::to_string(servers[0].port());
    for (std::size_t i = 0; i < 3; ++i) {
      const auto port = free_port();
      const auto file = files.write(
          "sentinel" + std::to_string(i),
          "port " + std::to_string(port) + "\nbind 127.0.0.1\nrequirepass secret\n"
              + "sentinel sentinel-pass secret\nsentinel monitor devices 127.0.0.1 " + master
              + " 2\nsentinel auth-pass devices secret\n"
                "sentinel down-after-milliseconds devices 500\n"
                "sentinel failover-timeout devices 1000\n");
      sentinels.emplace_back(arguments{"redis-server", file, "--sentinel"}, port);
    }
    // Each knows the two others and both replicas.
    for (const auto& each : sentinels)
      REQUIRE(eventually(
          [&] {
            const auto text = ask(each, {"sentinel", "master", "devices"});
            return text.find("num-other-sentinels\n2\n") != std::string::npos
                   && text.find("num-slaves\n2\n") != std::string::npos;
          },
          20s));
  }

  static std::string ask(const server_process& sentinel, arguments words) {
    words.insert(words.begin(), {"-a", "secret", "--no-auth-warning"});
    return redis_cli(sentinel, std::move(words));
  }

  server_process& master() {
    const auto text = ask(sentinels.back(), {"sentinel", "get-master-addr-by-name", "devices"});
    for (auto& server : servers)
      if (text.find("\n" + std::to_string(server.port()) + "\n") != std::string::npos)
        return server;
    throw std::runtime_error{"no master: " + text};
  }

  std::string uri(const std::string& login = ":secret@") const {
    std::string hosts;
    for (const auto& each : sentinels)
      hosts += (hosts.empty() ? "" : ",") + ("127.0.0.1:" + std::to_string(each.port()));
    return "redis+sentinel://" + login + hosts + "/devices/0";
  }

  scratch_directory files;
  std::vector<server_process> servers, sentinels;
};

/// Hands bytes to and fro, and cuts its first connection after the reply to MULTI.
struct cutting_proxy {
  explicit cutting_proxy(std::uint16_t to) : target{to} {
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(port);
    REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener, 8) == 0);
    thread = std::thread{[this] {
      for (int fd = -1; (fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
        serve(fd);
    }};
  }
  ~cutting_proxy() {
    ::shutdown(listener, SHUT_RDWR);
    thread.join();
    ::close(listener);
  }
  void serve(int client) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(target);
    bool going =
        ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    bool cut_next = false;
    while (going) {
      pollfd both[]{{client, POLLIN, 0}, {server, POLLIN, 0}};
      ::poll(both, 2, -1);
      const bool asks = both[0].revents != 0;
      char bytes[65536];
      const auto size = ::read(asks ? client : server, bytes, sizeof bytes);
      going =
          size > 0 && ::write(asks ? server : client, bytes, static_cast<std::size_t>(size)) > 0;
      if (!asks && cut_next)
        going = false;
      if (asks && size > 0
          && std::string_view{bytes, static_cast<std::size_t>(size)}.find("MULTI")
                 != std::string_view::npos)
        cut_next = cuts++ < 1;
    }
    ::close(server);
    ::close(client);
  }
  std::uint16_t target, port = free_port();
  int listener = -1;
  std::atomic<int> cuts{0};
  std::thread thread;
};

} // namespace

TEST_CASE("sentinels are asked for the master, and a failover of any kind is followed") {
  watched_redis world;
  auto redis = connection_to(world.uri(), 1s);
  const auto writes_again = [&] {
    return eventually([&] { return why_not(redis).empty(); }, 30s);
  };
  CHECK(why_not(redis) == "");
  CHECK(redis.publish("[]", R"({"version":7})", "").has_value());

  const auto before = world.master().port();
  watched_redis::ask(world.sentinels[0], {"sentinel", "failover", "devices"});
  CHECK(eventually([&] { return world.master().port() != before; }));
  CHECK(writes_again());

  world.sentinels[0].kill9(); // the others answer
  auto& killed = world.master();
  killed.kill9();
  CHECK(writes_again());
  CHECK(eventually([&] { return &world.master() != &killed; })); // the last sentinel may lag
  CHECK(redis.peek().has_value());

  world.sentinels[0].start();
  killed.start();
  REQUIRE(eventually(
      [&] {
        return redis_cli(killed, {"-a", "secret", "--no-auth-warning", "role"})
            .starts_with("slave");
      },
      40s));
  auto& stopped = world.master();
  stopped.pause();
  CHECK(writes_again());
  CHECK(eventually([&] { return &world.master() != &stopped; }));
}

TEST_CASE("where sentinels name no master, what to mend is said") {
  scratch_directory files;
  const auto redis = start_redis();
  const auto start_sentinel = [&](std::uint16_t names) {
    const auto port = free_port();
    const auto file = files.write("sentinel" + std::to_string(names),
                                  "port " + std::to_string(port)
                                      + "\nbind 127.0.0.1\nsentinel monitor devices 127.0.0.1 "
                                      + std::to_string(names) + " 1\n");
    return server_process{{"redis-server", file, "--sentinel"}, port};
  };
  const auto sentinel = start_sentinel(redis.port());
  const auto port = sentinel.port();
  const auto hosts = "127.0.0.1:1,127.0.0.1:" + std::to_string(port);
  // One that the others do not reach names a master that is gone.
  const auto stale = start_sentinel(2);
  for (int i = 0; i < 3; ++i) {
    auto with_stale = connection_to("redis+sentinel://127.0.0.1:" + std::to_string(stale.port())
                                    + "," + hosts + "/devices/0");
    CHECK(why_not(with_stale) == "");
  }
  auto right = connection_to("redis+sentinel://" + hosts + "/devices/0");
  CHECK(why_not(right) == "");
  auto other_name = connection_to("redis+sentinel://" + hosts + "/others/0");
  const auto why = why_not(other_name);
  CHECK(log_has(why, "nobody listens there"));
  CHECK(log_has(why, "it knows no master \"others\": mend the name in redis.uri"));
  // A sentinel that knows no password answers all the same; the master refuses ours.
  auto with_password = connection_to("redis+sentinel://:secret@" + hosts + "/devices/0");
  CHECK(log_has(why_not(with_password), "this Redis knows none"));
  auto no_sentinel =
      connection_to("redis+sentinel://127.0.0.1:" + std::to_string(redis.port()) + "/devices/0");
  CHECK(log_has(why_not(no_sentinel), "unknown command"));
  // And the address of a sentinel in place of Redis'.
  auto direct = connection_to(at(port));
  CHECK(log_has(why_not(direct), "redis+sentinel://host:port/master-name/db"));
}

TEST_CASE("a Redis that refuses to write is told apart from one that is away, and can be read") {
  scratch_directory files;
  const auto refuses = [](const arguments& options, const char* reason) {
    CAPTURE(reason);
    const auto server = start_redis(free_port(), options);
    auto redis = connection_to(at(server.port()));
    CHECK(eventually([&] { return log_has(why_not(redis), reason); }));
    CHECK(redis.hold_lease("us", 10s).value() == lease_verdict::free);
    CHECK(redis.hold_lease("us", 0s).value() == lease_verdict::free);
    CHECK(log_has(redis.refusal(), reason)); // a look notices it, too
    CHECK_FALSE(redis.publish("[]", "{}", "").has_value());
    CHECK(redis.refuses_writes());
    CHECK(redis.peek().has_value());
    CHECK_FALSE(redis.refuses_writes());
  };
  refuses({"--replicaof", "127.0.0.1", "1"}, "it refuses to write: it is a replica");
  refuses({"--maxmemory", "1"}, "it refuses to write: its memory is full");
  refuses({"--min-replicas-to-write", "1"}, "it refuses to write: fewer replicas");

  const auto directory = files.path("data");
  std::filesystem::create_directory(directory);
  const auto server = start_redis(free_port(), {"--dir", directory});
  auto redis = connection_to(at(server.port()));
  CHECK(why_not(redis) == "");
  std::filesystem::remove(directory); // nothing can be saved there any more
  redis_cli(server, {"config", "set", "save", "1 1"});
  CHECK(eventually([&] { return why_not(redis).find("cannot save") != std::string::npos; }, 20s));
  CHECK(redis.hold_lease("us", 10s).value() == lease_verdict::ours); // while it lasts
  CHECK(redis.hold_lease("them", 10s).value() == lease_verdict::another);

  auto away = connection_to(at(1));
  CHECK(log_has(why_not(away), "nobody listens there"));
  CHECK_FALSE(away.refuses_writes());
}

TEST_CASE("a user who may read the lease and not write it counts as refused, with the reason") {
  const auto server = start_redis();
  redis_cli(server, {"acl", "setuser", "reader", "on", ">secret", "~*", "+@all", "-set"});
  auto redis =
      connection_to("redis://reader:secret@127.0.0.1:" + std::to_string(server.port()) + "/0");
  CHECK(redis.hold_lease("us", 10s).value() == lease_verdict::free);
  CHECK(log_has(redis.refusal(), "the user in redis.uri lacks a permission"));
  auto writer = connection_to(at(server.port()));
  CHECK(writer.hold_lease("them", 10s).value() == lease_verdict::ours);
  CHECK(redis.hold_lease("us", 10s).value() == lease_verdict::another);
}

TEST_CASE("a Redis whose memory is full goes on prolonging the lease that stands there") {
  const auto server = start_redis();
  auto redis = connection_to(at(server.port()));
  CHECK(redis.hold_lease("us", 10s).value() == lease_verdict::ours);
  redis_cli(server, {"config", "set", "maxmemory", "1"});
  CHECK(redis.hold_lease("us", 100s).value() == lease_verdict::ours);
  CHECK(log_has(redis.refusal(), "its memory is full"));
  CHECK(std::stol(redis_cli(server, {"pttl", "hawkeye:lease"})) > 50'000);
}

TEST_CASE("a Redis in cluster mode is usable with braces in redis.key, and without says so") {
  scratch_directory files;
  const auto server = start_redis(free_port(), {"--dir", files.path(""), "--cluster-enabled", "yes",
                                                "--cluster-port", std::to_string(free_port()),
                                                "--cluster-config-file", "nodes.conf"});
  redis_cli(server, {"cluster", "addslotsrange", "0", "16383"});
  auto braces = connection_to(at(server.port()), 2s, "{hawkeye}");
  REQUIRE(eventually([&] { return why_not(braces).empty(); }, 20s));
  CHECK(braces.publish("[]", R"({"version":1})", "").value() == publish_verdict::published);
  CHECK(braces.load().has_value());
  CHECK(!braces.keep_records("{}", "x", 5));
  CHECK(!braces.offload("0123abcd-4567-89ef-0123-456789abcdef", "x", 10s));
  auto plain = connection_to(at(server.port()));
  const auto refused = plain.publish("[]", R"({"version":2})", "");
  REQUIRE_FALSE(refused);
  CHECK(log_has(refused.error().reason, R"(give redis.key braces, as in redis.key = "{hawkeye}")"));
}

TEST_CASE("of a cluster of three nodes the one that holds the key is usable, else it is named") {
  scratch_directory files;
  std::vector<server_process> nodes;
  arguments create{"--cluster", "create"};
  for (int i = 0; i < 3; ++i) {
    const auto name = std::to_string(i);
    nodes.push_back(start_redis(free_port(), {"--dir", files.path(""), "--cluster-enabled", "yes",
                                              "--cluster-port", std::to_string(free_port()),
                                              "--cluster-config-file", "nodes" + name + ".conf",
                                              "--cluster-node-timeout", "1000"}));
    create.push_back("127.0.0.1:" + std::to_string(nodes.back().port()));
  }
  create.push_back("--cluster-yes");
  redis_cli(nodes[0], create);
  for (const auto& node : nodes)
    REQUIRE(eventually(
        [&] {
          return redis_cli(node, {"cluster", "info"}).find("cluster_state:ok") != std::string::npos;
        },
        20s));
  const server_process* holds_key = nullptr;
  for (const auto& node : nodes) {
    auto redis = connection_to(at(node.port()), 2s, "{hawkeye}");
    const auto why = why_not(redis);
    if (why.empty()) {
      CHECK(!holds_key);
      holds_key = &node;
      CHECK(redis.publish("[]", R"({"version":1})", "").value() == publish_verdict::published);
    } else {
      CHECK(log_has(why, "another one holds the key: redis.uri must name a Redis that holds all"));
    }
  }
  REQUIRE(holds_key);
  // Payloads are stored under tokens, which have slots all over.
  redis_connection payloads{*parse_redis_uri(at(holds_key->port())), "{hawkeye}", 2s,
                            "redis.payload-uri"};
  std::string refused;
  for (char digit : std::string_view{"0123456789abcdef"}) {
    const auto token = std::string(8, digit) + "-4567-89ef-0123-456789abcdef";
    if (const auto why = payloads.offload(token, "x", 10s))
      refused = why->reason;
  }
  CHECK(log_has(refused, "redis.payload-uri must name a Redis that holds all keys"));
  for (auto& node : nodes)
    if (&node != holds_key)
      node.kill9();
  auto redis = connection_to(at(holds_key->port()), 2s, "{hawkeye}");
  CHECK(eventually([&] { return why_not(redis).find("its cluster is down") != std::string::npos; },
                   20s));
}

TEST_CASE("an address where no Redis speaks is named with the key to mend") {
  const auto nats = start_nats();
  auto redis = connection_to(at(nats.port()));
  CHECK(log_has(why_not(redis),
                "no Redis speaks there: redis.uri names the port of another program"));
  auto nowhere = connection_to("redis://no-such-host.invalid:6379/0");
  CHECK(log_has(why_not(nowhere), "the host in redis.uri is not known"));
}

TEST_CASE("all addresses of a name are tried") {
  const auto server = start_redis(); // on the second one
  auto redis =
      connection_to("redis://" + std::string{two_addresses} + ":" + std::to_string(server.port()));
  CHECK(why_not(redis) == "");
}

TEST_CASE("a connection that is cut inside a transaction is made anew, once, without a word") {
  const auto server = start_redis();
  cutting_proxy proxy{server.port()};
  auto redis = connection_to(at(proxy.port));
  CHECK(redis.load().has_value());
  CHECK(proxy.cuts == 2);
}
