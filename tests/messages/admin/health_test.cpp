#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/admin/health.hpp"

using namespace hawkeye;
using nlohmann::json;

TEST_CASE("liveness, readiness and the watchdog judge by the same status") {
  service_status x;
  x.snapshot = std::make_shared<const snapshot>(snapshot_meta{}, std::vector<device>{});
  CHECK(liveness_page(x).status == 200);
  CHECK(json::parse(readiness_page(x).body)
        == json{{"status", "ready"},
                {"redis", "in use"},
                {"payload_redis", "in use"},
                {"version", 0},
                {"devices", 0}});
  CHECK(sign_of_life(x).value().starts_with("serves 0 devices"));

  x.nats_problem = "away";
  x.receives_requests = false;
  x.redis_problem = "gone";
  CHECK(liveness_page(x).status == 200);
  CHECK(json::parse(liveness_page(x).body) == json{{"status", "up"}, {"redis", "gone"}});
  CHECK(readiness_page(x).status == 503);
  const auto not_ready = json::parse(readiness_page(x).body);
  CHECK(not_ready["reasons"] == json{"NATS: away"});
  CHECK(not_ready["redis"] == "gone");
  CHECK(sign_of_life(x).has_value());

  x.silent = {"redis_store"};
  CHECK(liveness_page(x).status == 503);
  CHECK(
      json::parse(liveness_page(x).body)
      == json{{"status", "down"}, {"reasons", {"redis_store does not answer"}}, {"redis", "gone"}});
  CHECK(json::parse(readiness_page(x).body)["reasons"].size() == 2);
  CHECK(sign_of_life(x).error().reason == "redis_store does not answer");
}
