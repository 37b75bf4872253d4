#include <doctest/doctest.h>

#include "messages/config/config.hpp"
#include "messages/config/config_report.hpp"
#include "messages/config/keys.hpp"
#include "tests/support/config_sources.hpp"

using namespace hawkeye;

TEST_CASE("what a configuration read again changes is live where it can be, and named where not") {
  settings running, read;
  CHECK(compare_settings(running, read).live.empty());
  CHECK(compare_settings(running, read).at_restart.empty());
  read.refresh.interval = 1h;
  read.bruin.concurrency = 2;
  read.bruin.monitored_statuses = {"Pending"};
  read.log.level = "debug";
  read.nats.subject = "other.get";
  read.redis.uri = "redis://elsewhere";
  const auto change = compare_settings(running, read);
  CHECK(change.live
        == std::vector<std::string>{"refresh.interval", "bruin.concurrency",
                                    "bruin.monitored-statuses", "log.level"});
  CHECK(change.at_restart == std::vector<std::string>{"nats.subject", "redis.uri"});
  CHECK(change.next.refresh.interval == 1h);
  CHECK(change.next.nats.subject == running.nats.subject);
}

TEST_CASE("no key of the configuration changes unnoticed") {
  // One other value for each kind of key; where it does not suit, the next one is tried.
  const char* others[] = {"\"x\"",
                          "\"a.b\"",
                          "\"nats://h:1\"",
                          "\"redis://h:1/2\"",
                          "\"h:1\"",
                          "\"json\"",
                          "\"debug\"",
                          "[\"Other\"]",
                          "77",
                          "7",
                          "77s",
                          "77ms",
                          "true",
                          "\"readable\"",
                          "\"redis://u:p@h\""};
  const auto read = [](const std::string& text) {
    auto from = test::sources(text);
    from.read_file = [](const std::string&) -> expected<std::string> {
      return std::string{"redis://h:9/1"};
    };
    return read_config(from);
  };
  const auto running = *read("");
  for (const auto& key : config_keys()) {
    const std::string section{key.section}, plain{key.name}, name = section + "." + plain;
    // What a key needs beside it.
    const auto beside = name.starts_with("nats.password") ? "user = \"u\"\n"
                        : name == "nats.tls-cert"         ? "tls-key = \"k\"\n"
                        : name == "nats.tls-key"          ? "tls-cert = \"k\"\n"
                        : name == "redis.tls-cert"        ? "tls-key = \"k\"\n"
                        : name == "redis.tls-key"         ? "tls-cert = \"k\"\n"
                                                          : "";
    bool noticed = false, taken = false;
    for (const auto* other : others) {
      const auto text = "[" + section + "]\n" + beside + plain + " = " + other + "\n";
      const auto changed = read(text);
      if (!changed.has_value())
        continue;
      taken = true;
      const auto change = compare_settings(running, *changed);
      noticed = noticed || !change.live.empty() || !change.at_restart.empty();
    }
    CHECK_MESSAGE(taken, name);
    CHECK_MESSAGE(noticed, name);
  }
}
