// Discovery as NATS' services have it, asked by a foreign client library (tests/discovery; needs
// Node.js).
#include <doctest/doctest.h>

#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("a client library's own service API finds and understands us") {
  real_world world;
  world.start_bridges({"--probes=20"});
  const auto service = world.start_service();
  REQUIRE(service.await_ready());
  server_process node{{"node", source_path("tests/discovery/check.mjs"), nats_url(world.nats)}};
  const auto code = node.wait_for_exit(30s);
  REQUIRE_MESSAGE(code == 0, node.output());
  const auto said = json::parse(node.output());
  for (const char* question : {"anybody", "pings", "byId", "everybodysInfo", "infos", "infosById",
                               "everybodysStats", "stats", "statsById"}) {
    CAPTURE(question);
    REQUIRE(said[question].size() == 1);
    CHECK(said[question][0]["name"] == "hawkeye-customer-cache");
    CHECK(said[question][0]["id"] == said["pings"][0]["id"]);
    CHECK(said[question][0]["version"] == PROJECT_VERSION);
    CHECK(said[question][0]["metadata"].is_object());
  }
  CHECK(said["strangers"].empty());
  CHECK(said["pings"][0]["type"] == "io.nats.micro.v1.ping_response");
  CHECK(said["infos"][0]["type"] == "io.nats.micro.v1.info_response");
  CHECK(said["stats"][0]["type"] == "io.nats.micro.v1.stats_response");
  const std::vector<std::string> names{"get", "status", "refresh", "explain"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto info = said["infos"][0]["endpoints"][i], stats = said["stats"][0]["endpoints"][i];
    for (const auto& endpoint : {info, stats}) {
      CHECK(endpoint["name"] == names[i]);
      CHECK(endpoint["subject"] == "hawkeye.customer.cache." + names[i]);
      CHECK(endpoint["queue_group"] == "customer_cache");
    }
    CHECK(info["metadata"].is_object());
    CHECK(stats["last_error"].is_string());
    for (const char* number :
         {"num_requests", "num_errors", "processing_time", "average_processing_time"})
      CHECK(stats[number].is_number_integer());
  }
  const auto get = said["stats"][0]["endpoints"][0];
  CHECK(get["num_requests"] == 2);
  CHECK(get["num_errors"] == 1);
  CHECK(get["processing_time"].get<int>() > 0);
  CHECK(get["average_processing_time"] == get["processing_time"].get<std::int64_t>() / 2);
  CHECK(said["refused"]["error"]["code"] == 400);
  CHECK(said["refused"]["isError"] == true);
  CHECK(said["refused"]["message"] == said["refused"]["body"]);
  CHECK(said["unknown"]["isError"] == false); // 404 answers the question
  CHECK(said["good"] == json{{"isError", false}, {"status", 200}});
}
