#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/rpc/service_discovery.hpp"

using namespace hawkeye;
using nlohmann::json;

TEST_CASE("discovery answers what ADR-32 promises") {
  const service_identity who{"cache", "id1", "1.0.0", "dev", "group", {"a", "b", "c", "d"}, {}};
  const auto ping = json::parse(discovery_response(who, "$SRV.PING", {}));
  CHECK(ping["type"] == "io.nats.micro.v1.ping_response");
  CHECK(ping["name"] == "cache");
  CHECK(ping["id"] == "id1");
  CHECK(ping["metadata"].is_object());
  const auto info = json::parse(discovery_response(who, "$SRV.INFO.cache", {}));
  CHECK(info["type"] == "io.nats.micro.v1.info_response");
  REQUIRE(info["endpoints"].size() == endpoint_count);
  CHECK(info["endpoints"][0]["subject"] == "a");
  CHECK(info["endpoints"][0]["queue_group"] == "group");
  std::array<endpoint_stats, endpoint_count> counted;
  counted[0] = {4, 1, 1000, "400: nothing"};
  const auto stats = json::parse(discovery_response(who, "$SRV.STATS.cache.id1", counted));
  CHECK(stats["type"] == "io.nats.micro.v1.stats_response");
  CHECK(stats["started"] == "1970-01-01T00:00:00Z");
  CHECK(stats["endpoints"][0]["num_requests"] == 4);
  CHECK(stats["endpoints"][0]["num_errors"] == 1);
  CHECK(stats["endpoints"][0]["processing_time"] == 1000);
  CHECK(stats["endpoints"][0]["average_processing_time"] == 250);
  CHECK(stats["endpoints"][0]["last_error"] == "400: nothing");
  CHECK(stats["endpoints"][1]["last_error"] == "");
  for (const auto* other : {"$SRV.PING.another", "$SRV.PING.cache.id2", "$SRV.OTHER", "SRV.PING"})
    CHECK(discovery_response(who, other, {}).empty());
}
