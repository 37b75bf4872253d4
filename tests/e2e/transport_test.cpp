// How the service gets into NATS and Redis, and what it says where it is not let in: the real
// servers, with TLS, sockets and every login they know.
#include <algorithm>
#include <chrono>

#include <doctest/doctest.h>

#include "tests/support/certificates.hpp"
#include "tests/support/nkeys.hpp"
#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

const std::string secret = "correct-horse-battery";

/// One nats-server whose configuration changes, and a service that wants in.
struct gate {
  gate(const std::string& config, arguments options, const char* scheme = "nats://")
      : nats{start_nats(free_port(), {"-c", files.write("nats.conf", config)})} {
    const auto http = free_port();
    arguments argv{service_program(), "serve", "--http.listen=127.0.0.1:" + std::to_string(http),
                   "--redis.uri=redis://127.0.0.1:1/0",
                   "--nats.servers=" + std::string{scheme}
                       + "127.0.0.1:" + std::to_string(nats.port())};
    argv.insert(argv.end(), options.begin(), options.end());
    service.emplace(service_process{server_process{std::move(argv), http}, http});
  }

  void becomes(const std::string& config) {
    files.write("nats.conf", config);
    nats.restart();
  }

  std::string ready_page() const {
    std::string body;
    service->page("/ready", &body);
    return body;
  }

  bool says(const std::string& reason) const {
    return eventually([&] {
      return ready_page().find(reason) != std::string::npos
             && service->process.output().find(reason) != std::string::npos;
    });
  }

  bool is_in() const {
    return eventually([&] {
      const auto body = ready_page();
      return !body.empty() && body.find("NATS") == std::string::npos;
    });
  }

  scratch_directory files;
  server_process nats;
  std::optional<service_process> service;
};

/// Refused, let in, refused again, let in again: with the reason each time.
void refuses_then_takes(const std::string& refusing, const std::string& taking,
                        const std::string& reason, const arguments& options,
                        const char* scheme = "nats://") {
  CAPTURE(reason);
  CAPTURE(options);
  gate x{refusing, options, scheme};
  CHECK_MESSAGE(x.says(reason), x.ready_page());
  x.becomes(taking);
  CHECK_MESSAGE(x.is_in(), x.service->process.output());
  x.becomes(refusing);
  CHECK_MESSAGE(x.says(reason), x.ready_page());
  x.becomes(taking);
  CHECK_MESSAGE(x.is_in(), x.service->process.output());
  CHECK(x.service->process.output().find(secret) == std::string::npos);
  CHECK(x.service->process.terminate() == 0);
}

struct papers {
  papers() {
    made.make("server", "ours", "IP:127.0.0.1,DNS:localhost");
    made.make("strange", "another", "IP:127.0.0.1");
    made.make("elsewhere", "ours", "DNS:elsewhere.example");
    made.make("expired", "ours", "IP:127.0.0.1", 0);
    made.make("client", "ours", "DNS:client");
    made.make("strange_client", "another", "DNS:client");
    made.make("expired_client", "ours", "DNS:client", 0);
  }
  std::string server(const std::string& name, bool verify = false) const {
    return "tls { cert_file: \"" + made.certificate(name) + "\", key_file: \"" + made.key(name)
           + "\", ca_file: \"" + made.certificate("ours") + "\"" + (verify ? ", verify: true" : "")
           + " }\n";
  }
  arguments client(const std::string& name) const {
    auto result = authority();
    result.push_back("--nats.tls-cert=" + made.certificate(name));
    result.push_back("--nats.tls-key=" + made.key(name));
    return result;
  }
  arguments authority() const {
    return {"--nats.tls-ca=" + made.certificate("ours")};
  }
  certificates made;
};

} // namespace

TEST_CASE("over TLS only the right server gets us, and we get in once it is the right one") {
  const papers x;
  const auto right = x.server("server");
  const auto a = x.authority();
  refuses_then_takes(x.server("strange"), right,
                     "the server's certificate is not signed by the authority in nats.tls-ca", a);
  refuses_then_takes(x.server("elsewhere"), right,
                     "is for another name than nats.servers calls it by", a, "tls://");
  refuses_then_takes(x.server("expired"), right, "has expired: it needs a new one", a);
  refuses_then_takes("", right, "asks for TLS, which this server does not offer", a, "tls://");
  const gate nobody_known{right, {}, "tls://"};
  CHECK(nobody_known.says("name the authority in nats.tls-ca"));
}

TEST_CASE("a server that wants a certificate of ours gets the right one, or its refusal is told") {
  const papers x;
  const auto strict = x.server("server", true), easy = x.server("server");
  CHECK(gate{strict, x.client("client")}.is_in());
  refuses_then_takes(strict, easy, "it may want a certificate of ours (nats.tls-cert",
                     x.authority());
  for (const char* name : {"strange_client", "expired_client"})
    refuses_then_takes(strict, easy,
                       "it may not trust the certificate in nats.tls-cert, or that has expired",
                       x.client(name));
}

TEST_CASE("every login gets in where it is right, and where it is wrong the key to mend is named") {
  scratch_directory files;
  const auto user = [](const std::string& password) {
    return "authorization: {user: hawk, password: \"" + password + "\"}\n";
  };
  const arguments password{"--nats.user=hawk",
                           "--nats.password-file=" + files.write("password", secret + "\n")};
  refuses_then_takes(user("other"), user(secret), "refuses nats.user with nats.password", password);
  refuses_then_takes(user(secret), "", "the server wants a login: give nats.user", {});

  const auto token = [](const std::string& x) {
    return "authorization: {token: \"" + x + "\"}\n";
  };
  refuses_then_takes(token("other"), token(secret), "refuses nats.token",
                     {"--nats.token-file=" + files.write("token", secret)});

  const nkey ours{nkey_kind::user}, other{nkey_kind::user};
  const auto knows = [](const nkey& x) {
    return "authorization: {users: [{nkey: " + x.name + "}]}\n";
  };
  refuses_then_takes(knows(other), knows(ours), "whose seed is in nats.nkey-seed-file",
                     {"--nats.nkey-seed-file=" + files.write("seed", ours.seed + "\n")});

  const nkey_world trusted, strange;
  const auto creds = "--nats.credentials-file=" + files.write("creds", trusted.credentials());
  refuses_then_takes(strange.server_config(), trusted.server_config(),
                     "what nats.credentials-file holds", {creds});
  const auto old =
      "--nats.credentials-file=" + files.write("old", trusted.credentials(1'600'000'001));
  CHECK(gate{trusted.server_config(), {old}}.says("what nats.credentials-file holds"));
}

TEST_CASE("a login of NATS may hold every printable character, also quotes and backslashes") {
  std::string all;
  for (char c = '!'; c <= '~'; ++c)
    all += c;
  all += " \xc3\xa9 \xe2\x80\x93 end";
  const auto quoted = nlohmann::json(all).dump();
  scratch_directory files;
  const auto both = "authorization: {user: " + quoted + ", password: " + quoted + "}\n";
  const auto file = files.write("secret", all + "\n");
  CHECK(gate{both, {"--nats.user=" + all, "--nats.password-file=" + file}}.is_in());
  CHECK(gate{"authorization: {token: " + quoted + "}\n", {"--nats.token-file=" + file}}.is_in());

  // In a URL they are written with percent signs.
  std::string in_url;
  for (const unsigned char c : all)
    in_url += fmt::format("%{:02X}", c);
  gate by_url{both, {}, ("nats://" + in_url + ":" + in_url + "@").c_str()};
  CHECK_MESSAGE(by_url.is_in(), by_url.service->process.output());
  CHECK(by_url.service->process.output().find(in_url) == std::string::npos);
}

TEST_CASE("a login that runs out while it is in use is told, and NATS is tried again") {
  const nkey_world trusted;
  scratch_directory files;
  const auto soon = std::chrono::duration_cast<std::chrono::seconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count()
                    + 2;
  const gate x{trusted.server_config(),
               {"--nats.credentials-file=" + files.write("creds", trusted.credentials(soon))}};
  CHECK(x.is_in());
  CHECK(x.says("nats.credentials-file"));
}

TEST_CASE("a file that can be no key, certificate or seed stops the start with 2 and its name") {
  const papers x;
  scratch_directory files;
  const auto junk = files.write("junk", "no such thing\n");
  auto mistyped = nkey{nkey_kind::user}.seed;
  mistyped[20] = mistyped[20] == 'A' ? 'B' : 'A';
  const std::vector<std::pair<arguments, std::string>> table{
      {{"--nats.tls-ca=" + junk}, "nats.tls-ca"},
      {{"--nats.tls-cert=" + junk, "--nats.tls-key=" + x.made.key("client")}, "nats.tls-cert"},
      {{"--nats.tls-cert=" + x.made.certificate("client"),
        "--nats.tls-key=" + x.made.key("server")},
       "nats.tls-cert"},
      {{"--nats.nkey-seed-file=" + junk}, "nats.nkey-seed-file"},
      {{"--nats.nkey-seed-file=" + files.write("seed", mistyped)}, "nats.nkey-seed-file"},
  };
  for (const auto& [options, key] : table)
    for (const char* command : {"serve", "check-config"}) {
      arguments argv{service_program(), command};
      argv.insert(argv.end(), options.begin(), options.end());
      server_process once{argv};
      CHECK(once.wait_for_exit(20s) == 2);
      CAPTURE(once.output());
      CHECK(once.output().find(key) != std::string::npos);
      CHECK(once.output().find(mistyped) == std::string::npos);
    }
}

TEST_CASE("Redis lets us in by user and password, over TCP or a socket, or the reason is told") {
  scratch_directory files;
  real_world world{{}, {"--unixsocket", files.path("redis.sock"), "--unixsocketperm", "700"}};
  redis_cli(world.redis, {"acl", "setuser", "hawk", "on", ">other", "~*", "+@all"});
  world.start_bridges({"--probes=5"});
  struct row {
    std::string uri;
    const char* said;
  };
  const auto tcp = "127.0.0.1:" + std::to_string(world.redis.port());
  const auto socket = files.path("redis.sock");
  const std::vector<row> table{
      {"redis://hawk:" + secret + "@" + tcp, "the user or the password in redis.uri is wrong"},
      {"redis://nobody:" + secret + "@" + tcp, "the user or the password in redis.uri is wrong"},
      {"unix://hawk:" + secret + "@" + socket, "the user or the password in redis.uri is wrong"},
      {"redis://:" + secret + "@" + tcp, "redis.uri has a password, but this Redis knows none"},
      {"redis://hawk:other@" + tcp + "/99", "which redis.uri names"},
      {"unix://" + files.path("none.sock"), "there is no such socket"},
  };
  std::vector<service_process> services;
  for (const auto& [uri, said] : table)
    services.push_back(world.start_service({"--redis.uri=" + uri}));
  const auto page = [](const service_process& x) {
    std::string body;
    x.page("/ready", &body);
    return body;
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    CAPTURE(table[i].uri);
    CHECK(eventually([&] { return page(services[i]).find(table[i].said) != std::string::npos; }));
    CHECK(services[i].process.output().find(table[i].said) != std::string::npos);
    CHECK(services[i].process.output().find(secret) == std::string::npos);
  }
  redis_cli(world.redis, {"acl", "setuser", "hawk", ">" + secret});
  for (const std::size_t i : {0U, 2U})
    CHECK(eventually([&] { return page(services[i]).find("in use") != std::string::npos; }));
  world.violations_meant = true;
  redis_cli(world.redis, {"acl", "setuser", "hawk", "-get"});
  CHECK(eventually([&] {
    auto late = world.start_service({"--redis.uri=" + table[0].uri});
    return eventually([&] { return page(late).find("lacks a permission") != std::string::npos; });
  }));
}

TEST_CASE("trouble with the Redis for large payloads is told in /ready, which stays 200") {
  real_world world;
  world.start_bridges({"--probes=5"});
  const auto at = "@127.0.0.1:" + std::to_string(world.redis.port());
  for (const auto& [uri, said] :
       {std::pair{"redis://hawkeye-payload:" + secret + at,
                  "the user or the password in redis.payload-uri is wrong"},
        std::pair{std::string{"redis://127.0.0.1:1"}, "redis.payload-uri right"}}) {
    const auto service = world.start_service({"--redis.payload-uri=" + uri});
    REQUIRE(service.await_ready());
    std::string body;
    CHECK_MESSAGE(eventually([&] {
                    return service.page("/ready", &body) == 200
                           && body.find(said) != std::string::npos;
                  }),
                  body);
    CHECK(body.find(R"("redis":"in use")") != std::string::npos);
    CHECK(eventually([&] { return service.process.output().find(said) != std::string::npos; }));
    CHECK(service.process.output().find(secret) == std::string::npos);
  }
}

TEST_CASE("no password of Redis leaves the machine readable unless that is allowed") {
  const auto check = [](arguments options) {
    options.insert(options.begin(), {service_program(), "check-config"});
    server_process once{std::move(options)};
    const auto code = once.wait_for_exit(20s);
    CHECK(once.output().find(secret) == std::string::npos);
    return std::pair{code.value_or(-1), once.output()};
  };
  const std::string uri = "--redis.uri=redis://hawk:" + secret + "@redis.example/0";
  const auto [code, said] = check({uri});
  CHECK(code == 2);
  CHECK(std::count(said.begin(), said.end(), '\n') == 1);
  CHECK(said.find("redis.allow-plaintext-password") != std::string::npos);
  const auto allowed = check({uri, "--redis.allow-plaintext-password=true"});
  CHECK(allowed.first == 0);
  CHECK(allowed.second.find("beware: redis.allow-plaintext-password") != std::string::npos);
  CHECK(check({"--redis.payload-uri=redis://:" + secret + "@10.0.0.1"}).first == 2);
}
