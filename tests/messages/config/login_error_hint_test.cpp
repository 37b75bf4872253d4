// Why a server does not let us in, in words that name the key to mend; never with a secret.
#include <vector>

#include <doctest/doctest.h>

#include "messages/config/login_error_hint.hpp"

using namespace hawkeye;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("what NATS refuses is told with the key of the login that is configured") {
  const char* violation = "(conn.c:1905): Authorization Violation";
  nats_settings with;
  CHECK(holds(nats_problem(violation, with), "give nats.user and nats.password"));
  with.token = "hush";
  CHECK(holds(nats_problem(violation, with), "refuses nats.token"));
  with.user = "u";
  CHECK(holds(nats_problem(violation, with), "refuses nats.user with nats.password"));
  with.servers = {"nats://u:hush@h"}; // which the library uses first
  CHECK(holds(nats_problem(violation, with), "in nats.servers, which are used instead of"));
  with.user.clear();
  with.token.clear();
  CHECK(holds(nats_problem(violation, with), "refuses the user and password in nats.servers ("));
  with.nkey_seed_file = "/f";
  CHECK(holds(nats_problem(violation, with), "nats.nkey-seed-file"));
  with.nkey_seed_file.clear();
  with.credentials_file = "/f";
  CHECK(holds(nats_problem(violation, with), "nats.credentials-file"));
  CHECK_FALSE(holds(nats_problem(violation, with), "hush"));
  CHECK_FALSE(holds(nats_problem(violation, with), "conn.c"));
}

TEST_CASE("what TLS refuses is told by its cause") {
  nats_settings with;
  const auto told = [&](const std::string& said) {
    return nats_problem("(conn.c:733): SSL handshake error: " + said, with);
  };
  CHECK(holds(told("20:unable to get local issuer certificate:depth=0"), "name the authority"));
  with.tls_ca = "/ca";
  CHECK(holds(told("18:self-signed certificate:depth=0"), "the authority in nats.tls-ca"));
  CHECK(holds(told("64:IP address mismatch:depth=0"), "another name than nats.servers"));
  CHECK(holds(told("62:hostname mismatch:depth=0"), "another name than nats.servers"));
  CHECK(holds(told("62:Hostname mismatch:depth=0"), "another name than nats.servers"));
  CHECK(holds(told("10:certificate has expired:depth=0"), "has expired"));
  CHECK(holds(told("9:certificate is not yet valid:depth=0"), "clocks"));
  CHECK(holds(told("something new"), "something new"));
  for (const char* end : {"Expected 'PONG', got ''", "Connection Closed"})
    CHECK(holds(nats_problem(end, with), "may want a certificate of ours"));
}

TEST_CASE("a text from outside cannot forge a line, and is cut") {
  const auto told = nats_problem("x\n\x1b[31m2026 all is well" + std::string(5000, 'x'), {});
  CHECK_FALSE(holds(told, "\n"));
  CHECK_FALSE(holds(told, "\x1b"));
  CHECK(told.size() < 400);
}

TEST_CASE("what TLS to Redis refuses is told by its cause, with the key to mend") {
  redis_address where;
  where.tls = true;
  const auto told = [&](const std::string& said) {
    return redis_problem(said, where, "redis.payload-uri");
  };
  CHECK(holds(told("TLS: unable to get local issuer certificate"), "name the authority"));
  CHECK(holds(told("TLS: tlsv13 alert certificate required"), "it wants a certificate (redis.tls"));
  where.tls_ca = where.tls_cert = "/pem";
  CHECK(holds(told("TLS: self-signed certificate in certificate chain"), "in redis.tls-ca"));
  CHECK(holds(told("TLS: hostname mismatch"), "another name than redis.payload-uri"));
  CHECK(holds(told("TLS: IP address mismatch"), "another name than redis.payload-uri"));
  CHECK(holds(told("TLS: certificate has expired"), "has expired: it needs a new one"));
  CHECK(holds(told("TLS: certificate is not yet valid"), "clocks"));
  for (const char* why : {"TLS: wrong version number", "TLS: no answer in time"})
    CHECK(holds(told(why), "redis.payload-uri asks for TLS"));
  CHECK(holds(told("TLS: tlsv1 alert unknown ca"), "may not trust the certificate in redis.tls-c"));
  CHECK(told("TLS: something new") == "TLS: something new");
  CHECK_FALSE(holds(told("Server closed the connection"), "rediss://"));
  const std::string gone = "redis.tls-ca = \"/pem\" cannot be used: No such file or directory";
  CHECK(told(gone) == gone);
}

TEST_CASE("what Redis refuses is told with the key that names it, and never with the password") {
  redis_address where;
  where.host = "h";
  where.password = "hush";
  const std::vector<std::pair<std::string, std::string>> table{
      {"WRONGPASS invalid username-password pair or user is disabled.", "user or the password"},
      {"ERR invalid password", "user or the password"},
      {"NOAUTH Authentication required.", "wants a password"},
      {"ERR AUTH <password> called without any password configured for the default user.",
       "knows none"},
      {"NOPERM User x has no permissions to run the 'get' command", "lacks a permission"},
      {"ERR ACL failure in script: User x has no permissions to run the 'set' command",
       "lacks a permission"},
      {"ERR DB index is out of range", "no database"},
      {"DENIED Redis is running in protected mode", "protected mode"},
      {"Connection refused", "nobody listens"},
      {"READONLY You can't write against a read only replica.",
       "refuses to write: it is a replica"},
      {"OOM command not allowed when used memory > 'maxmemory'. script: x, on @user_script:1.",
       "refuses to write: its memory is full"},
      {"ERR Error running script (call to f_0): @user_script:2: -MISCONF Redis is configured to",
       "refuses to write: it cannot save"},
      {"NOREPLICAS Not enough good replicas to write.", "refuses to write: fewer replicas"},
      {"CROSSSLOT Keys in request don't hash to the same slot", "redis.key = \"{hawkeye}\""},
      {"MOVED 15495 127.0.0.1:7001", "another one holds the key"},
      {"ERR The user executing the script can't run this command or subcommand", "lacks a perm"},
      {"CLUSTERDOWN Hash slot not served", "its cluster is down"},
      {"MASTERDOWN Link with MASTER is down", "lost its master: redis.payload-uri must name"},
      {"BUSY Redis is busy running a script.", "a script of another client"},
      {"ERR max number of clients reached", "maxclients"},
      {"ERR Protocol error: invalid bulk length", "it refuses to write: the value is larger"},
      {"ERR unknown command 'EVAL', with args beginning with: 'x'", "redis+sentinel://"},
      {"ERR unknown command 'EVAL'", "was it renamed or forbidden there?"},
      {"Protocol error, got \"I\" as reply type byte", "the port of another program"},
      {"Server closed the connection", "rediss://"},
  };
  for (const auto& [said, means] : table) {
    CAPTURE(said);
    CHECK(holds(redis_problem(said, where, "redis.payload-uri"), means));
  }
  CHECK(holds(redis_problem(table[0].first, where, "redis.payload-uri"), "redis.payload-uri"));
  const auto echoed =
      redis_problem("ERR unknown command 'AUTH', with args beginning with: 'hush' ", where, "k");
  CHECK(echoed.ends_with("(ERR unknown command 'AUTH')"));
  CHECK(redis_problem("ERR what is 'hush'?", where, "k") == "ERR");
  CHECK_FALSE(holds(redis_problem("hush", where, "k"), "hush"));
  where.password = std::string(200, 'p'); // Redis cuts what it quotes at 128 characters
  const auto cut = redis_problem("ERR unknown command 'AUTH', with args beginning with: 'user' '"
                                     + where.password.substr(0, 121) + "' ",
                                 where, "k");
  CHECK(cut.ends_with("(ERR unknown command 'AUTH')"));
}
