#include "messages/rpc/reply_subject.hpp"

#include <doctest/doctest.h>

namespace hawkeye {

TEST_CASE(
    "no client can have an answer sent to a bridge, the notifier, the service or NATS itself") {
  settings with;
  with.nats.subject = "a.cache.get";
  with.notifier.email_subject = "";
  for (const char* reserved :
       {"a.cache.get", "a.cache.status", "a.cache.refresh", "a.cache.explain", "a.cache.updated",
        "a.cache.leader", "hawkeye.probe.request", "bruin.customer.get.info",
        "bruin.inventory.management.status", "notification.slack.request",
        "$JS.API.STREAM.DELETE.x", "$SRV.PING"})
    CHECK_MESSAGE(is_reserved(reserved, with), reserved);
  for (const char* free : {"_INBOX.x", "_INBOX.hawkeye-customer-cache-get.x.1", "a.cache.get.x",
                           "a.cache.other", "a.cache.", "hawkeye.customer.cache.get", "x", "x$"})
    CHECK_MESSAGE(!is_reserved(free, with), free);
}

TEST_CASE("what logs and pages show of an inbox does not let anybody answer into it") {
  CHECK(without_secret("_INBOX.hawkeye-customer-cache.EAYB4BWA7F.*")
        == "_INBOX.hawkeye-customer-cache.>");
  CHECK(without_secret("_INBOX.EAYB4BWA7F.1") == "_INBOX.EAYB4BWA7F.>");
  CHECK(without_secret("hawkeye.customer.cache.get") == "hawkeye.customer.cache.get");
}

} // namespace hawkeye
