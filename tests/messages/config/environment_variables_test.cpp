// Every key has a variable, which is stronger than the file and weaker than the command line. The
// variables of the older service's deployment mean here what they meant there, weaker than the
// file. A wrong one is refused by its name.
#include <map>

#include <doctest/doctest.h>

#include "messages/config/keys.hpp"
#include "messages/config/redis_uri.hpp"
#include "tests/support/config_sources.hpp"

namespace hawkeye {
namespace {

using variables = std::map<std::string, std::string>;
using test::good;
using test::refused;

config_sources sources(variables set, std::string text = "",
                       const std::vector<std::string>& options = {}) {
  auto from = test::sources(std::move(text), options, std::move(set));
  from.read_file = [](const std::string&) -> expected<std::string> {
    return std::string{"redis://from-file/0"};
  };
  return from;
}

/// As the older service was deployed.
const variables deployed{
    {"NATS_SERVER1", "nats://nats-server:4222"},
    {"ENVIRONMENT_NAME", "production"},
    {"REFRESH_JOB_INTERVAL", "7200"},
    {"WHITELISTED_MANAGEMENT_STATUSES", R"(["Pending", "Active \u2013 Gold Monitoring"])"},
    {"REDIS_HOSTNAME", "redis"},
    {"REDIS_CUSTOMER_CACHE_HOSTNAME", "customer-cache-redis:6380"},
    {"DUPLICATE_INVENTORIES_RECIPIENT", "ops@example.org"},
};

} // namespace

TEST_CASE("the older service's environment means here what it meant there") {
  const auto with = good(sources(deployed));
  CHECK(with.nats.servers == std::vector<std::string>{"nats://nats-server:4222"});
  CHECK(with.service.environment == "production");
  CHECK(with.refresh.interval == 2h);
  CHECK(with.refresh.jitter == 1min);
  CHECK(with.bruin.monitored_statuses
        == std::vector<std::string>{"Pending", "Active – Gold Monitoring"});
  CHECK(to_string(with.redis.address) == "redis://customer-cache-redis:6380/0");
  CHECK(to_string(with.redis.payload_address) == "redis://redis:6379/0");
  CHECK(with.overruled.empty());
  CHECK(with.sources.at("redis.payload-uri") == "environment variable REDIS_HOSTNAME");
  CHECK(with.notifier.email_recipient == "ops@example.org");
  CHECK(with.sources.size() == 7);
}

TEST_CASE("of the two Redis each is what its own variable says") {
  const auto cache = good(sources({{"REDIS_CUSTOMER_CACHE_HOSTNAME", "a"}}));
  CHECK(to_string(cache.redis.address) == "redis://a:6379/0");
  CHECK(to_string(cache.redis.payload_address) == "redis://a:6379/0"); // as payload-uri's default
  const auto general = good(sources({{"REDIS_HOSTNAME", "b"}}));
  CHECK(to_string(general.redis.address) == "redis://127.0.0.1:6379/0");
  CHECK(to_string(general.redis.payload_address) == "redis://b:6379/0");
}

TEST_CASE("the file stands above the older variables, the command line above both, key by key") {
  const std::string file = "[nats]\nservers = \"nats://file\"\n[redis]\nuri-file = \"x\"\n"
                           "[refresh]\ninterval = 3h\n";
  const auto with = good(sources(deployed, file, {"refresh.interval=5h"}));
  CHECK(with.nats.servers == std::vector<std::string>{"nats://file"});
  CHECK(to_string(with.redis.address) == "redis://from-file:6379/0");
  CHECK(to_string(with.redis.payload_address) == "redis://redis:6379/0");
  CHECK(with.refresh.interval == 5h);
  CHECK(with.service.environment == "production");
  CHECK(with.overruled
        == std::vector<std::string>{
            "NATS_SERVER1 (nats.servers comes from test.ini:2)",
            "REDIS_CUSTOMER_CACHE_HOSTNAME (redis.uri comes from test.ini:4)",
            "REFRESH_JOB_INTERVAL (refresh.interval comes from command line)"});
}

TEST_CASE("a variable of our own stands above the older service's for the same key") {
  auto set = deployed;
  set["HAWKEYE_CACHE_REDIS_URI"] = "redis://ours/1";
  set["HAWKEYE_CACHE_REDIS_PAYLOAD_URI"] = "redis://ours/2";
  const auto with = good(sources(set));
  CHECK(to_string(with.redis.address) == "redis://ours:6379/1");
  CHECK(to_string(with.redis.payload_address) == "redis://ours:6379/2");
  CHECK(with.overruled.size() == 2);
}

TEST_CASE("a wrong variable is refused in one line with its name, value and what would be right") {
  struct row {
    const char *name, *value, *key, *right;
  };
  const std::vector<row> table{
      {"NATS_SERVER1", "nats-server:4222", "nats.servers", "nats://host:port"},
      {"ENVIRONMENT_NAME", "my env", "service.environment", "letters"},
      {"REFRESH_JOB_INTERVAL", "4h", "refresh.interval", "whole seconds"},
      {"REFRESH_JOB_INTERVAL", "1.5", "refresh.interval", "whole seconds"},
      {"REFRESH_JOB_INTERVAL", "-1", "refresh.interval", "whole seconds"},
      {"REFRESH_JOB_INTERVAL", "0", "refresh.interval", "1 to 2592000"},
      {"REFRESH_JOB_INTERVAL", "2592001", "refresh.interval", "1 to 2592000"},
      {"REFRESH_JOB_INTERVAL", "99999999999999999999", "refresh.interval", "1 to 2592000"},
      {"WHITELISTED_MANAGEMENT_STATUSES", "Pending", "bruin.monitored-statuses", "JSON list"},
      {"WHITELISTED_MANAGEMENT_STATUSES", "[]", "bruin.monitored-statuses", "at least one"},
      {"WHITELISTED_MANAGEMENT_STATUSES", "[1]", "bruin.monitored-statuses", "JSON list"},
      {"WHITELISTED_MANAGEMENT_STATUSES", "{}", "bruin.monitored-statuses", "JSON list"},
      {"REDIS_HOSTNAME", "redis://redis", "redis.payload-uri", "host"},
      {"REDIS_HOSTNAME", "redis:port", "redis.payload-uri", "host"},
      {"REDIS_CUSTOMER_CACHE_HOSTNAME", "a b", "redis.uri", "host"},
  };
  for (const auto& [name, value, key, right] : table) {
    const auto why = refused(sources({{name, value}}));
    CAPTURE(why);
    CHECK(why.find('\n') == std::string::npos);
    for (const auto& words :
         {std::string{"environment variable "} + name, "\"" + std::string{value} + "\"",
          std::string{key}, std::string{"expected "}, std::string{right}})
      CHECK(why.find(words) != std::string::npos);
  }
  CHECK(refused(sources({{"REFRESH_JOB_INTERVAL", "1"}}, "[refresh]\njitter = 2s\n"))
        == "test.ini:2: refresh.jitter = 2s: expected at most refresh.interval, which is 1s by "
           "environment variable REFRESH_JOB_INTERVAL");
}

TEST_CASE("a variable that the file overrules is not looked at, however wrong") {
  CHECK(good(sources({{"ENVIRONMENT_NAME", "of another program"}},
                     "[service]\nenvironment = \"dev\"\n"))
            .service.environment
        == "dev");
}

TEST_CASE("a secret in a variable is in no sentence about it") {
  const std::string secret = "hunter2hunter2";
  for (const auto& set : {variables{{"NATS_SERVER1", "nats://u:" + secret + "@h:x"}},
                          variables{{"REDIS_HOSTNAME", "redis://u:" + secret + "@h"}},
                          variables{{"REDIS_CUSTOMER_CACHE_HOSTNAME", secret + "@h"}}}) {
    const auto why = refused(sources(set));
    CAPTURE(why);
    CHECK(why != "(taken)");
    CHECK(why.find(secret) == std::string::npos);
  }
}

TEST_CASE("an empty variable of the older service counts as not set, and is named") {
  variables set;
  for (const auto& [name, value] : deployed)
    set[name] = "";
  const auto with = good(sources(set));
  CHECK(with.sources.empty());
  CHECK(with.overruled.size() == set.size());
  CHECK(with.overruled.front() == "ENVIRONMENT_NAME (empty: counts as not set)");
}

TEST_CASE("a list is read as a list, whatever blanks and colons are in it") {
  using list = std::vector<std::string>;
  const list statuses{"Pending", "A]: B"};
  const auto* const written = " [\"Pending\", \"A]: B\"] \n";
  for (const auto* const name :
       {"WHITELISTED_MANAGEMENT_STATUSES", "HAWKEYE_CACHE_BRUIN_MONITORED_STATUSES"})
    CHECK(good(sources({{name, written}})).bruin.monitored_statuses == statuses);
  CHECK(good(sources({}, "", {std::string{"bruin.monitored-statuses="} + written}))
            .bruin.monitored_statuses
        == statuses);
  for (const auto& [text, addresses] :
       {std::pair{R"(["[::1]:5000"])", list{"[::1]:5000"}},
        {"[::1]:5000", list{"[::1]:5000"}},
        {"[::1]:5000,localhost:1", list{"[::1]:5000", "localhost:1"}}})
    CHECK(good(sources({{"HAWKEYE_CACHE_HTTP_LISTEN", text}})).http.listen == addresses);
}

TEST_CASE("quotes that a shell or an env file kept are no part of a list's text") {
  for (const auto* const text : {"'[\"Pending\"]'", "\"Pending\"", "Pending, 'Active'",
                                 "x, [\"Pending\", \"Active\"]\"", "[Pending]"}) {
    const auto why = refused(sources({{"HAWKEYE_CACHE_BRUIN_MONITORED_STATUSES", text}}));
    CAPTURE(why);
    CHECK(why.find("expected a list of at least one text") != std::string::npos);
  }
}

TEST_CASE("every key has a variable, stronger than the file and weaker than the command line") {
  for (const auto& key : config_keys()) {
    const auto name = key.full_name();
    CAPTURE(name);
    std::string variable = "HAWKEYE_CACHE_";
    for (const char c : name)
      variable += c == '.' || c == '-' ? '_' : static_cast<char>(std::toupper(c));
    CHECK(key.variable() == variable);
    const auto why = refused(sources({{variable, "\x01"}}));
    CHECK(why.find("environment variable " + variable + ": " + name + " = ") == 0);
  }
  variables set{{"HAWKEYE_CACHE_NATS_QUEUE", "\"variable\""},
                {"HAWKEYE_CACHE_REFRESH_INTERVAL", "2h"},
                {"HAWKEYE_CACHE_NATS_SERVERS", "nats://a, nats://b"},
                {"HAWKEYE_CACHE_BRUIN_MONITORED_STATUSES", R"(["Active \u2013 Gold", "B"])"},
                {"HAWKEYE_CACHE_HTTP_LISTEN", ""},
                {"HAWKEYE_CACHE_REDIS_ALLOW_PLAINTEXT_PASSWORD", "true"}};
  const auto with = good(sources(set, "[nats]\nqueue = \"file\"\n[refresh]\ninterval = 1h\n",
                                 {"refresh.interval=3h"}));
  CHECK(with.nats.queue == "\"variable\"");
  CHECK(with.refresh.interval == 3h);
  CHECK(with.nats.servers == std::vector<std::string>{"nats://a", "nats://b"});
  CHECK(with.bruin.monitored_statuses == std::vector<std::string>{"Active – Gold", "B"});
  CHECK(with.http.listen.empty());
  CHECK(with.redis.allow_plaintext_password);
  CHECK(with.overruled
        == std::vector<std::string>{
            "HAWKEYE_CACHE_REFRESH_INTERVAL (refresh.interval comes from command line)"});
}

TEST_CASE("a secret's file and the secret itself are one key: the stronger source counts") {
  const std::string file = "[redis]\nuri-file = \"x\"\n";
  CHECK(good(sources({{"HAWKEYE_CACHE_REDIS_URI", "redis://variable"}}, file)).redis.address.host
        == "variable");
  CHECK(good(sources({{"HAWKEYE_CACHE_REDIS_URI", "redis://variable"}}, "", {"redis.uri-file=x"}))
            .redis.address.host
        == "from-file");
  CHECK(good(sources({{"HAWKEYE_CACHE_REDIS_URI_FILE", "x"}}, "[redis]\nuri = \"redis://file\"\n"))
            .redis.address.host
        == "from-file");
  // From one source they must not differ.
  const std::string why =
      ": redis.uri-file: redis.uri is given, too, with another value: give one of them";
  CHECK(refused(sources({}, "[redis]\nuri = \"redis://x\"\nuri-file = \"x\"\n"))
        == "test.ini:3" + why);
  CHECK(refused(sources({}, "", {"redis.uri=redis://x", "redis.uri-file=x"}))
        == "command line" + why);
  CHECK(refused(sources(
            {{"HAWKEYE_CACHE_REDIS_URI", "redis://x"}, {"HAWKEYE_CACHE_REDIS_URI_FILE", "x"}}))
        == "environment variable HAWKEYE_CACHE_REDIS_URI_FILE" + why);
  CHECK(good(sources({}, "", {"redis.uri=redis://from-file/0", "redis.uri-file=x"}))
            .redis.address.host
        == "from-file");
}

TEST_CASE("an unknown variable of ours is refused, with the one that was probably meant") {
  const auto why = refused(sources({{"HAWKEYE_CACHE_NATS_SERVER", "x"}}));
  CHECK(why.find("environment variable HAWKEYE_CACHE_NATS_SERVER: there is no such key") == 0);
  CHECK(why.find("; did you mean HAWKEYE_CACHE_NATS_SERVERS?") != std::string::npos);
  CHECK(refused(sources({{"HAWKEYE_CACHE_", "x"}})).find("no such key") != std::string::npos);
}

TEST_CASE("what Kubernetes sets for a Service with our name is nobody's mistake") {
  variables set{{"HAWKEYE_CACHE_SERVICE_HOST", "10.0.0.1"},
                {"HAWKEYE_CACHE_SERVICE_PORT", "5000"},
                {"HAWKEYE_CACHE_SERVICE_PORT_HTTP", "5000"},
                {"HAWKEYE_CACHE_PORT", "tcp://10.0.0.1:5000"},
                {"HAWKEYE_CACHE_PORT_5000_TCP", "tcp://10.0.0.1:5000"},
                {"HAWKEYE_CACHE_PORT_5000_TCP_PROTO", "tcp"},
                {"HAWKEYE_CACHE_PORT_5000_TCP_PORT", "5000"},
                {"HAWKEYE_CACHE_PORT_5000_TCP_ADDR", "10.0.0.1"},
                {"HAWKEYE_CACHE_HTTP_SERVICE_HOST", "10.0.0.2"},
                {"HAWKEYE_CACHE_HTTP_SERVICE_PORT", "80"},
                {"HAWKEYE_CACHE_HTTP_PORT", "udp://10.0.0.2:80"},
                {"HAWKEYE_CACHE_HTTP_LISTEN", "127.0.0.1:7000"}};
  CHECK(good(sources(set)).http.listen == std::vector<std::string>{"127.0.0.1:7000"});
  // What a person may have meant stays a mistake.
  CHECK(refused(sources({{"HAWKEYE_CACHE_HTTP_PORT", "5000"}})).find("HAWKEYE_CACHE_HTTP_PORT")
        != std::string::npos);
  set["HAWKEYE_CACHE_SERVICE_NAM"] = "x";
  CHECK(refused(sources(set)).find("HAWKEYE_CACHE_SERVICE_NAME") != std::string::npos);
}

} // namespace hawkeye
