// Where Redis is, as people write it: every part is understood or the whole is refused, and the
// password is never shown.
#include "messages/config/config.hpp"
#include "messages/config/redis_uri.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace hawkeye {
namespace {

struct good_uri {
  std::string uri;
  redis_address expected;
  std::string shown;
};

redis_address tcp(std::string host, std::uint16_t port, int database, std::string user = "",
                  std::string password = "") {
  return {std::move(host), port, "", std::move(user), std::move(password), database};
}

redis_address local(std::string path, int database, std::string user = "",
                    std::string password = "") {
  return {"", 6379, std::move(path), std::move(user), std::move(password), database};
}

redis_address tls(redis_address x) {
  x.tls = true;
  return x;
}

redis_address sentinels(std::vector<host_port> hosts, std::string master, int database,
                        std::string user = "", std::string password = "") {
  auto result = tcp("", 6379, database, std::move(user), std::move(password));
  result.sentinels = std::move(hosts);
  result.master_name = std::move(master);
  return result;
}

const std::vector<good_uri> good{
    {"rediss://cache:6380/2", tls(tcp("cache", 6380, 2)), "rediss://cache:6380/2"},
    {"rediss://me:hush@[::1]", tls(tcp("::1", 6379, 0, "me", "hush")), "rediss://[::1]:6379/0"},
    {"redis+sentinel://a:1/mymaster/3", sentinels({{"a", 1}}, "mymaster", 3),
     "redis+sentinel://a:1/mymaster/3"},
    {"redis+sentinel://a,[::1]:7,c/m", sentinels({{"a", 26379}, {"::1", 7}, {"c", 26379}}, "m", 0),
     "redis+sentinel://a:26379,[::1]:7,c:26379/m/0"},
    {"redis+sentinel://me:hush@a:1,b:2/m/", sentinels({{"a", 1}, {"b", 2}}, "m", 0, "me", "hush"),
     "redis+sentinel://a:1,b:2/m/0"},
    {"redis://127.0.0.1:6379/0", tcp("127.0.0.1", 6379, 0), "redis://127.0.0.1:6379/0"},
    {"redis://cache.example.org:1/15", tcp("cache.example.org", 1, 15),
     "redis://cache.example.org:1/15"},
    // What is left out has Redis' own default.
    {"redis://redis", tcp("redis", 6379, 0), "redis://redis:6379/0"},
    {"redis://redis/", tcp("redis", 6379, 0), "redis://redis:6379/0"},
    {"redis://redis/3", tcp("redis", 6379, 3), "redis://redis:6379/3"},
    {"redis://redis:65535", tcp("redis", 65535, 0), "redis://redis:65535/0"},
    {"redis://redis:7000/1000000", tcp("redis", 7000, 1'000'000), "redis://redis:7000/1000000"},
    {"redis://[::1]:7000/2", tcp("::1", 7000, 2), "redis://[::1]:7000/2"},
    {"redis://[fe80::1]", tcp("fe80::1", 6379, 0), "redis://[fe80::1]:6379/0"},
    {"redis://[::1]/4", tcp("::1", 6379, 4), "redis://[::1]:6379/4"},
    {"redis://:hush@redis:7000/1", tcp("redis", 7000, 1, "", "hush"), "redis://redis:7000/1"},
    {"redis://me:hush@redis/1", tcp("redis", 6379, 1, "me", "hush"), "redis://redis:6379/1"},
    {"redis://me:hush@[::1]:7/1", tcp("::1", 7, 1, "me", "hush"), "redis://[::1]:7/1"},
    {"redis://m%40e:%68us%3ah%2F%25@redis", tcp("redis", 6379, 0, "m@e", "hus:h/%"),
     "redis://redis:6379/0"},
    // Only the last @ and the first : divide; a password need not escape them.
    {"redis://me:h@u:s/h@redis:1/0", tcp("redis", 1, 0, "me", "h@u:s/h"), "redis://redis:1/0"},
    {"unix:///run/redis.sock", local("/run/redis.sock", 0), "unix:///run/redis.sock?db=0"},
    {"unix:///run/redis.sock?db=7", local("/run/redis.sock", 7), "unix:///run/redis.sock?db=7"},
    {"unix://me:hush@/run/redis.sock?db=1", local("/run/redis.sock", 1, "me", "hush"),
     "unix:///run/redis.sock?db=1"},
    {"unix:///run/a@b.sock", local("/run/a@b.sock", 0), "unix:///run/a@b.sock?db=0"},
    {"unix:///" + std::string(106, 'x'), local("/" + std::string(106, 'x'), 0),
     "unix:///" + std::string(106, 'x') + "?db=0"},
};

const std::vector<std::string> bad{
    "",
    "redis",
    "redis://a\nb/0", // it would stand in the log
    "redis://u:p@a\xFF/0",
    std::string{"redis://a\0b", 11},
    "unix:///run/\x1b[2J",
    "redis:",
    "redis://",
    "redis:///0",
    "127.0.0.1:6379",
    "http://127.0.0.1:6379/0",
    "rediss://",
    "rediss://host/x",
    "redis://a:1,b:2/0", // several are sentinels
    // Sentinels
    "redis+sentinel://",
    "redis+sentinel://a",
    "redis+sentinel://a/",
    "redis+sentinel:///m",
    "redis+sentinel://a,/m",
    "redis+sentinel://,a/m",
    "redis+sentinel://a:1,b:x/m",
    "redis+sentinel://a/m/x",
    "redis+sentinel://a/m/0/1",
    "redis+sentinel://a/m n",
    "redis+sentinel://hush@a/m",
    "rediss+sentinel://a/m",
    "Redis://127.0.0.1:6379/0",
    " redis://127.0.0.1:6379/0",
    "redis://127.0.0.1:6379/0 ",
    "redis://a b",
    "redis://host?db=1",
    "redis://host#0",
    // Ports
    "redis://host:",
    "redis://host:/0",
    "redis://host:0",
    "redis://host:65536",
    "redis://host:-1",
    "redis://host:+1",
    "redis://host:6379x",
    "redis://host:99999999999999999999",
    "redis://:6379",
    // Databases
    "redis://host/x",
    "redis://host/-1",
    "redis://host/+1",
    "redis://host/1.5",
    "redis://host/1/",
    "redis://host/1000001",
    "redis://host/99999999999999999999",
    "redis://host/0?x=y",
    // IPv6 stands in brackets, or nobody could tell its end from the port.
    "redis://::1",
    "redis://::1:6379",
    "redis://[::1",
    "redis://[]",
    "redis://[]:6379",
    "redis://[::1]6379",
    "redis://[: :1]",
    "redis://[::1]:",
    // A user without a password, and escapes that are none
    "redis://me@host",
    "redis://me:@host",
    "redis://@host",
    "redis://me:hush@",
    "redis://me:hu%sh@host",
    "redis://me:hush%@host",
    "redis://me:hush%4@host",
    "redis://me:hush%-1@host",
    "redis://m%xxe:hush@host",
    // Sockets
    "unix://",
    "unix:/run/redis.sock",
    "unix://run/redis.sock",
    "unix://me@/run/redis.sock",
    "unix:///run/redis.sock?",
    "unix:///run/redis.sock?db",
    "unix:///run/redis.sock?db=",
    "unix:///run/redis.sock?db=-1",
    "unix:///run/redis.sock?db=1000001",
    "unix:///run/redis.sock?database=1",
    "unix:///run/redis.sock?db=1&db=2",
    // Longer than the kernel takes
    "unix:///" + std::string(107, 'x'),
};

TEST_CASE("every part of a Redis address is understood as it was written") {
  for (const auto& x : good) {
    CAPTURE(x.uri);
    const auto read = parse_redis_uri(x.uri);
    REQUIRE(read.has_value());
    const auto& address = *read;
    CHECK(address == x.expected);
  }
}

TEST_CASE("an address that cannot be meant so is refused, in words that say what would be right") {
  for (const auto& uri : bad) {
    CAPTURE(uri);
    const auto read = parse_redis_uri(uri);
    REQUIRE_FALSE(read.has_value());
    const auto& reason = read.error().reason;
    CHECK(reason.find("rediss://[user:password@]host:port/db") != std::string::npos);
    CHECK(reason.find("unix:///path?db=N") != std::string::npos);
    CHECK(reason.find("hu") == std::string::npos);
  }
}

TEST_CASE("an address is shown without its user and password, and reads back as the same place") {
  for (const auto& x : good) {
    CAPTURE(x.uri);
    const auto shown = to_string(x.expected);
    CHECK(shown == x.shown);
    CHECK(shown.find("hus") == std::string::npos);
    const auto again = parse_redis_uri(shown);
    REQUIRE(again.has_value());
    CHECK(to_string(*again) == shown);
    CHECK(again->password.empty());
  }
}

} // namespace
} // namespace hawkeye
