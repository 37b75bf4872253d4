#include <doctest/doctest.h>

#include "messages/settings_change.hpp"

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
  read.redis.address.host = "elsewhere";
  const auto change = compare_settings(running, read);
  CHECK(change.live
        == std::vector<std::string>{"refresh.interval", "bruin.concurrency",
                                    "bruin.monitored-statuses", "log.level"});
  CHECK(change.at_restart == std::vector<std::string>{"nats.subject", "redis.uri"});
  CHECK(change.next.refresh.interval == 1h);
  CHECK(change.next.nats.subject == running.nats.subject);
}
