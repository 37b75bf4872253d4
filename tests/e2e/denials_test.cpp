// What the permissions and the ACL in packaging/ withhold: they hold nothing that is wider than its
// use. That they hold nothing unused is permissions_test's.
#include <memory>
#include <regex>
#include <set>

#include <doctest/doctest.h>
#include <nats/nats.h>

#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;

namespace {

using words = std::set<std::string>;

/// What the ACL says of a user's command; it is not run.
bool may(server_process& redis, const std::string& user, arguments command) {
  command.insert(command.begin(), {"acl", "dryrun", user});
  return redis_cli(redis, std::move(command)) == "OK\n";
}

/// Which of these subjects nats-server refuses a user, to hear or to speak on.
words refused(const server_process& nats, const std::string& user, const words& to_hear,
              const words& to_speak) {
  natsConnection* made = nullptr;
  const auto url = "nats://" + user + ":" + user + "@127.0.0.1:" + std::to_string(nats.port());
  REQUIRE(natsConnection_ConnectTo(&made, url.c_str()) == NATS_OK);
  const std::unique_ptr<natsConnection, void (*)(natsConnection*)> via{made,
                                                                       natsConnection_Destroy};
  std::vector<natsSubscription*> heard(to_hear.size());
  std::size_t i = 0;
  for (const auto& subject : to_hear)
    natsConnection_SubscribeSync(&heard[i++], made, subject.c_str());
  for (const auto& subject : to_speak)
    natsConnection_Publish(made, subject.c_str(), "", 0);
  CHECK(natsConnection_FlushTimeout(made, 5000) == NATS_OK);
  for (auto* each : heard)
    natsSubscription_Destroy(each);
  const auto log = nats.output();
  const std::regex violation{"Violation - User \"" + user + "\", (?:Subject )?\"([^\"]+)\""};
  words result;
  for (std::sregex_iterator i{log.begin(), log.end(), violation}, end; i != end; ++i)
    result.insert(i->str(1));
  return result;
}

} // namespace

TEST_CASE("no login may hear or speak on NATS where it has no business") {
  real_world world;
  world.violations_meant = true;
  const auto check = [&](const std::string& user, const words& to_hear, const words& to_speak) {
    CAPTURE(user);
    auto all = to_hear;
    all.insert(to_speak.begin(), to_speak.end());
    CHECK(refused(world.nats, user, to_hear, to_speak) == all);
  };
  check("hawkeye",
        {">", "_INBOX.>", "_INBOX.another.>", "hawkeye.>", "hawkeye.customer.cache.get",
         "hawkeye.probe.request", "bruin.customer.get.info"},
        {"$SRV.PING", "$JS.API.INFO", "hawkeye.customer.cache.explain", "notification.sms.request",
         "another.program"});
  check(
      "operator", {"_INBOX.>", "_INBOX.hawkeye-customer-cache.>", "hawkeye.customer.cache.updated"},
      {"$SRV.INFO", "hawkeye.probe.request", "hawkeye.customer.cache.leader", "_INBOX.another.1"});
  check("monitor", {">", "hawkeye.customer.cache.get", "hawkeye.customer.cache.updated"},
        {"hawkeye.customer.cache.refresh", "hawkeye.customer.cache.status",
         "bruin.customer.get.info", "_INBOX.another.1"});
}

TEST_CASE("no user of Redis may reach another program's keys, or more of ours than it needs") {
  auto redis = start_redis(free_port(), redis_users());
  const std::string ours = "0123abcd-4567-89ef-0123-456789abcdef",
                    theirs = "A-bridge-token-of-26-chars";
  for (const auto* user : {"hawkeye-payload", "hawkeye-client"}) {
    CAPTURE(user);
    for (const auto& token : {ours, theirs}) {
      CHECK(may(redis, user, {"get", token}));
      CHECK(may(redis, user, {"strlen", token}));
    }
    for (const char* other : {"hawkeye", "hawkeye:meta", "hawkeye:shadow:devices", "session:1",
                              "some:other:program:session:1", "another_programs_counters"})
      CHECK_FALSE_MESSAGE(may(redis, user, {"get", other}), other);
    CHECK_FALSE(may(redis, user, {"del", ours}));
  }
  CHECK(may(redis, "hawkeye-payload", {"set", ours, "x", "EX", "300"}));
  for (const auto& other : {theirs, ours + "0", ours + ":x", std::string{"hawkeye:shadow:devices"},
                            std::string{"some:other:program:session:1"}})
    CHECK_FALSE_MESSAGE(may(redis, "hawkeye-payload", {"set", other, "x"}), other);
  CHECK_FALSE(may(redis, "hawkeye-client", {"set", ours, "x"}));
  CHECK(may(redis, "hawkeye", {"get", "hawkeye:meta"}));
  for (const auto& other : {ours, std::string{"hawkeye2"}, std::string{"another:hawkeye"}})
    CHECK_FALSE_MESSAGE(may(redis, "hawkeye", {"get", other}), other);
  CHECK_FALSE(may(redis, "hawkeye", {"keys", "*"}));
  CHECK_FALSE(may(redis, "hawkeye", {"flushall"}));
}
