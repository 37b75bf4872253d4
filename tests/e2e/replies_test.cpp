// The reply table, row by row, over a real nats-server: what a monitor in any language gets.
#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "messages/base/timestamp.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

std::string request(const json& body, const json& id = 1) {
  return json{{"request_id", id}, {"body", body}}.dump();
}

/// A world whose service has finished its first refresh.
struct running_world : real_world {
  explicit running_world(arguments fleet, arguments options = {},
                         const std::string& nats_lines = {})
      : real_world{nats_lines} {
    start_bridges(std::move(fleet));
    service.emplace(start_service(std::move(options)));
    REQUIRE(service->await_ready());
  }

  std::optional<service_process> service;
};

/// Of devices ordered by last contact, newest first, those after a moment.
json after(const json& devices, const std::string& moment) {
  const auto filter = parse_timestamp(moment);
  const auto end = std::find_if(devices.begin(), devices.end(), [&](const json& x) {
    return parse_timestamp(x["last_contact"].get<std::string>()) <= filter;
  });
  return json(devices.begin(), end);
}

std::set<std::string> serials(const json& devices) {
  std::set<std::string> result;
  for (const auto& device : devices)
    result.insert(device["serial_number"].get<std::string>());
  return result;
}

} // namespace

TEST_CASE("all devices, or those after a moment, come with every form of the request") {
  running_world world{{"--probes=200", "--ambiguous=3", "--duplicates=5", "--no-serial=3",
                       "--never-contacted=4", "--malformed-probes=2", "--unmonitored=20"}};
  const auto expected = world.expected();
  REQUIRE(expected.size() > 100);
  for (const char* body : {"{}", R"({"last_contact_filter":null})", R"({"unknown":[1,{"a":2}]})"}) {
    CAPTURE(body);
    const auto reply = world.ask(request(json::parse(body)));
    CHECK(reply["status"] == 200);
    CHECK(serials(reply["body"]) == serials(expected));
    CHECK(std::is_permutation(reply["body"].begin(), reply["body"].end(), expected.begin(),
                              expected.end()));
  }
  const auto whole = world.ask()["body"];
  const auto middle = whole[whole.size() / 2]["last_contact"].get<std::string>();
  const auto reply = world.ask(request({{"last_contact_filter", middle}}));
  REQUIRE(reply["status"] == 200);
  CHECK(reply["body"].size() > 10);
  CHECK(reply["body"].size() < whole.size());
  CHECK(serials(reply["body"]).count(whole[whole.size() / 2]["serial_number"]) == 0);
  CHECK(reply["body"] == after(whole, middle));
  const auto none = world.ask(request({{"last_contact_filter", "9999-12-31"}}));
  CHECK(none["status"] == 404);
  CHECK(none["body"] == "No devices were found for the specified filters");
}

TEST_CASE("the request id comes back as it was sent, whatever it is") {
  running_world world{{"--probes=3"}};
  for (const char* id :
       {"1", "\"x\"", "null", "[1,{\"a\":null}]", "1e400", "\"\\u00e4\\n\"", "1.0"}) {
    CAPTURE(id);
    const auto reply =
        world.client().ask(rpc_subject, std::string{R"({"request_id":)"} + id + R"(,"body":{}})");
    REQUIRE(reply);
    CHECK(reply->starts_with(std::string{R"({"request_id":)"} + id
                             + R"(,"body":[{"serial_number":)"));
    CHECK(reply->ends_with(R"(}],"status":200})"));
  }
  const auto none = world.client().ask(rpc_subject, R"({"body":{}})");
  REQUIRE(none);
  CHECK(none->starts_with(R"({"request_id":null,"body":[)"));
}

TEST_CASE("what is wrong with a request is said at once, and the next one is served") {
  running_world world{{"--probes=3"}};
  std::vector<std::string> wrong{
      "",
      "?",
      "[]",
      "null",
      "1",
      "{}",
      R"({"body":null})",
      R"({"body":[]})",
      R"({"body":"x"})",
      R"({"request_id":1})",
      R"({"body":{},"body":{}})",
      std::string(900'000, '?'),
      std::string(10'000, '['),
      std::string(10'000, '{'),
      "{\"body\":{\"\xFF\":1}}",
      R"({"body":{}}x)",
      R"({"is_stored":true,"token":"01234567-0123-0123-0123-0123456789ab"})"};
  for (const char* filter : {"\"\"", "\"10\"", "\"yesterday\"", "10", "true", "{}", "[\"2020\"]",
                             "\"2020-13-01\"", "\"2020-01-01T25:00:00\""})
    wrong.push_back(std::string{R"({"body":{"last_contact_filter":)"} + filter + "}}");
  for (const auto& text : wrong) {
    CAPTURE(text.substr(0, 100));
    const auto reply = world.ask(text);
    REQUIRE(reply.is_object());
    CHECK(reply["status"] == 400);
    CHECK(reply["body"].is_string());
    CHECK(reply["body"].get<std::string>().size() > 10);
    CHECK(world.served() == 3);
  }
  CHECK(world.ask(R"({"request_id":7,"body":{"last_contact_filter":"10"}})")["request_id"] == 7);
  // The two that nest too deep.
  std::string metrics;
  CHECK(world.service->page("/metrics", &metrics) == 200);
  CHECK(metrics.find(R"(hawkeye_cache_over_limit_total{limit="nesting"} 2)") != std::string::npos);
}

TEST_CASE("before anything was ever built the answer is 202, at once") {
  real_world world;
  auto service = world.start_service();
  json reply;
  REQUIRE(eventually([&] {
    reply = world.ask();
    return reply.is_object();
  }));
  CHECK(reply == json{{"request_id", 1}, {"body", "Cache is still being built"}, {"status", 202}});
  CHECK(service.page("/ready") == 503);
  CHECK(service.page("/_health") == 200);
}

TEST_CASE("a message that nobody awaits an answer to changes nothing") {
  running_world world{{"--probes=3"}};
  world.client().tell(rpc_subject, R"({"body":{}})");
  CHECK(world.served() == 3);
}

TEST_CASE("too many waiting requests get their 503 at once, all others their answer") {
  running_world world{{"--probes=2000"}, {"--nats.max-pending=2"}};
  const auto replies = world.client().ask_many(rpc_subject, request(json::object()), 300);
  REQUIRE(replies.size() == 300);
  std::size_t answered = 0, refused = 0;
  for (const auto& text : replies) {
    answered += text.ends_with(R"("status":200})");
    refused +=
        text == R"({"request_id":1,"body":"Service is overloaded, try again later","status":503})";
  }
  CHECK(answered + refused == 300);
  CHECK(answered > 0);
  CHECK(refused > 0);
}

TEST_CASE("answers over the server's limit stand in Redis, one copy for all clients") {
  running_world world{{"--probes=400"}, {}, "max_payload: 65536\n"};
  const auto first = world.ask(R"({"request_id":[7],"body":{}})");
  REQUIRE(first.value("is_stored", false));
  CHECK(first["request_id"] == json{7});
  CHECK(is_token(first["token"].get<std::string>()));
  const auto parked = world.parked(first["token"]);
  CHECK(parked["status"] == 200);
  const auto expected = world.expected();
  REQUIRE(expected.size() > 300);
  CHECK(std::is_permutation(parked["body"].begin(), parked["body"].end(), expected.begin(),
                            expected.end()));

  const auto replies = world.client().ask_many(rpc_subject, request(json::object()), 100);
  REQUIRE(replies.size() == 100);
  for (const auto& text : replies)
    CHECK(json::parse(text)["token"] == first["token"]);
  const auto middle = parked["body"][50]["last_contact"].get<std::string>();
  const auto small = world.ask(request({{"last_contact_filter", middle}}));
  CHECK(small["status"] == 200);

  std::string printed;
  arguments get{"get", "--json"};
  for (auto& option : world.operator_options())
    get.push_back(std::move(option));
  CHECK(world.run(get, &printed) == 0);
  CHECK(json::parse(printed) == parked["body"]);

  world.redis.kill9();
  REQUIRE(eventually([&] {
    const auto reply = world.ask(request({{"last_contact_filter", "1999-01-01"}}));
    return reply.value("status", 0) == 503
           && reply["body"].get<std::string>().find("Redis") != std::string::npos;
  }));
}

TEST_CASE("replies of bridges that stand in Redis are recovered") {
  running_world world{{"--probes=50", "--hawkeye-fault=token", "--bruin-fault=token"}};
  CHECK(world.served() == world.expected().size());
}
