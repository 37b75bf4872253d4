// The shipped config.ini is the manual, and tells the truth.
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "messages/config/config_keys.hpp"
#include "messages/config/redis_uri.hpp"
#include "tests/support/config_sources.hpp"
#include "tests/support/places.hpp"

namespace hawkeye {

using namespace test;

namespace {

std::string shipped() {
  std::ifstream in{test::source_path("config.ini")};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// All values as one text: what settings hold has no comparison of its own.
std::string dump(const settings& x) {
  std::string result;
  const auto add = [&result](const auto&... values) {
    ((result += values, result += '|'), ...);
  };
  const auto number = [](auto value) {
    return std::to_string(value);
  };
  add(x.service.name, x.service.environment, x.nats.user, x.nats.password, x.nats.token,
      x.nats.credentials_file, x.nats.nkey_seed_file, x.nats.tls_ca, x.nats.tls_cert,
      x.nats.tls_key, x.nats.subject, x.nats.queue, number(x.nats.max_pending));
  for (const auto& server : x.nats.servers)
    add(server);
  for (const auto& where : {x.redis.address, x.redis.payload_address})
    add(to_string(where), where.user, where.password);
  add(x.redis.key, number(x.redis.payload_ttl.count()), number(x.redis.timeout.count()));
  const auto& r = x.refresh;
  for (const auto time : {r.interval, r.jitter, r.retry_min, r.retry_max, r.deadline, r.max_stale,
                          r.guard_confirm_after, x.hawkeye.timeout, x.bruin.timeout})
    add(number(time.count()));
  add(number(r.alert_after_attempts), number(r.guard_min_devices), number(r.guard_max_drop),
      x.hawkeye.subject, x.bruin.client_info_subject, x.bruin.management_status_subject,
      number(x.bruin.concurrency), number(x.bruin.attempts));
  for (const auto& status : x.bruin.monitored_statuses)
    add(status);
  add(x.notifier.slack_subject, x.notifier.email_subject, x.notifier.email_recipient,
      x.http.listen.at(0), x.log.level, x.log.format);
  return result;
}

} // namespace

TEST_CASE("the shipped config.ini holds exactly the defaults") {
  settings defaults;
  defaults.redis.address.host = defaults.redis.payload_address.host = "127.0.0.1";
  CHECK(dump(good(sources(shipped()))) == dump(defaults));
  CHECK(dump(good(sources(""))) == dump(defaults));
}

TEST_CASE("the shipped config.ini names every key, and no other") {
  // What is optional stands behind a semicolon.
  std::map<std::string, int> named;
  std::ifstream in{test::source_path("config.ini")};
  std::string section;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('['))
      section = line.substr(1, line.find(']') - 1);
    const auto begin = line.starts_with("; ") ? 2u : 0u;
    const auto end = line.find(" = ");
    if (section.empty() || end == std::string::npos)
      continue;
    const auto key = line.substr(begin, end - begin);
    if (key.find(' ') == std::string::npos)
      ++named[section + "." + key];
  }
  for (const auto& key : config_keys::all()) {
    const auto name = std::string{key.section} + "." + std::string{key.name};
    CAPTURE(name);
    CHECK(named[name] == 1);
  }
  CHECK(named.size() == config_keys::all().size());
}

} // namespace hawkeye
