// No secret crosses a network readable unless someone decided so.
#include <doctest/doctest.h>

#include "messages/config/plaintext_passwords.hpp"

using namespace hawkeye;

TEST_CASE("this machine is localhost, 127.0.0.0/8 and ::1; every other name is another machine") {
  for (const char* host :
       {"localhost", "127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1"})
    CHECK_MESSAGE(is_loopback(host), host);
  for (const char* host :
       {"", "redis", "localhost.example", "127.0.0.1.example", "128.0.0.1", "10.0.0.1", "0.0.0.0",
        "::", "::2", "fe80::1", "::ffff:10.0.0.1", "127.1", "1270.0.0.1"})
    CHECK_MESSAGE(!is_loopback(host), host);
}

TEST_CASE("a password to a Redis elsewhere is refused, unless it is allowed or there is none") {
  redis_address where;
  where.host = "redis.example";
  CHECK_FALSE(unprotected_password(where, false));
  where.password = "hush";
  const auto why = unprotected_password(where, false);
  REQUIRE(why);
  CHECK(why->reason.find("redis.allow-plaintext-password") != std::string::npos);
  CHECK(why->reason.find("hush") == std::string::npos);
  CHECK_FALSE(unprotected_password(where, true));
  where.tls = true;
  CHECK_FALSE(unprotected_password(where, false));
  where.tls = false;
  where.sentinels = {{"127.0.0.1", 26379}}; // whose master may be anywhere
  where.host.clear();
  CHECK(unprotected_password(where, false));
  where.sentinels.clear();
  where.host = "127.0.0.1";
  CHECK_FALSE(unprotected_password(where, false));
  where.host.clear();
  where.socket_path = "/run/redis.sock";
  CHECK_FALSE(unprotected_password(where, false));
}

TEST_CASE("a login at NATS that others could read is warned of, one that signs is not") {
  settings with;
  const auto warned = [&] {
    return config_warnings(with).size();
  };
  with.nats.servers = {"nats://nats.example:4222"};
  CHECK(warned() == 0);
  with.nats.token = "hush";
  CHECK(warned() == 1);
  CHECK(config_warnings(with)[0].find("hush") == std::string::npos);
  with.nats.servers = {"tls://nats.example:4222"};
  CHECK(warned() == 0);
  with.nats.servers = {"nats://127.0.0.1", "nats://[::1]:4222", "nats://localhost"};
  CHECK(warned() == 0);
  with.nats.token.clear();
  with.nats.servers = {"nats://u:hush@nats.example:4222"};
  CHECK(warned() == 1);
  CHECK(config_warnings(with)[0].find("hush") == std::string::npos);
  with.nats.servers = {"nats://u:hush@127.0.0.1:4222", "nats://nats.example:4222"}; // sent to both
  CHECK(warned() == 1);
  CHECK(config_warnings(with)[0].find("nats.example") != std::string::npos);
  with.nats.servers = {"nats://nats.example:4222"};
  with.nats.nkey_seed_file = "/seed";
  CHECK(warned() == 0);
}
