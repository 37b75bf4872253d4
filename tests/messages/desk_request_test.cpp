#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/desk_request.hpp"
#include "messages/service_status.hpp"
#include "messages/settings_change.hpp"

using namespace hawkeye;
using nlohmann::json;

TEST_CASE(
    "a request to explain names one serial number; everything else is refused with a sentence") {
  const auto good = read_desk_request(
      endpoint::explain, R"({"request_id":[1],"body":{"serial_number":"A\u0042","more":1}})");
  REQUIRE(std::holds_alternative<desk_request>(good));
  CHECK(std::get<desk_request>(good).serial_number == "AB");
  CHECK(std::get<desk_request>(good).request_id == "[1]");
  for (const char* body : {"{}", R"({"serial_number":7})", R"({"serial_number":""})",
                           R"({"serial_number":null})", R"({"serial_number":["A"]})"}) {
    CAPTURE(body);
    const auto request = std::string{R"({"request_id":"x","body":)"} + body + "}";
    const auto read = read_desk_request(endpoint::explain, request);
    REQUIRE(std::holds_alternative<rpc_refusal>(read));
    CHECK(std::get<rpc_refusal>(read).request_id == R"("x")");
    CHECK(std::get<rpc_refusal>(read).sentence.find("serial_number") != std::string::npos);
  }
  for (const char* request : {"", "[]", "{", R"({"request_id":1})", R"({"body":"text"})"})
    CHECK(std::holds_alternative<rpc_refusal>(read_desk_request(endpoint::explain, request)));
}

TEST_CASE("a wish for a refresh may name a serial number, and needs none") {
  CHECK(std::get<desk_request>(read_desk_body(endpoint::refresh, "")).serial_number.empty());
  CHECK(std::get<desk_request>(read_desk_body(endpoint::refresh, R"({"serial_number":null})"))
            .serial_number.empty());
  CHECK(std::get<desk_request>(read_desk_body(endpoint::refresh, R"({"serial_number":"A"})"))
            .serial_number
        == "A");
  CHECK(std::holds_alternative<rpc_refusal>(read_desk_body(endpoint::refresh, "[1]")));
  CHECK(std::holds_alternative<rpc_refusal>(read_desk_body(endpoint::refresh, "\xff")));
}

TEST_CASE("status says healthy only where nothing is wrong, and names what is") {
  service_status x;
  x.interval = 4h;
  x.now = {1'600'000'000, 0};
  snapshot_meta meta;
  meta.built_at = moment{1'600'000'000 - 3600, 0};
  x.snapshot = std::make_shared<const snapshot>(meta, std::vector<device>{});
  CHECK(json::parse(write_status(x))["healthy"] == true);
  CHECK(json::parse(write_status(x))["snapshot"]["age_s"] == 3600);
  const auto problem_with = [&](auto change) {
    auto y = x;
    change(y);
    const auto problems = problems_of(y);
    REQUIRE(problems.size() == 1);
    CHECK(json::parse(write_status(y))["healthy"] == false);
    return problems[0];
  };
  CHECK(problem_with([](auto& y) { y.snapshot = nullptr; }).find("no snapshot") == 0);
  CHECK(problem_with([](auto& y) { y.nats_trouble = "away"; }) == "NATS: away");
  CHECK(problem_with([](auto& y) { y.redis_trouble = "away"; }) == "Redis: away");
  CHECK(problem_with([](auto& y) { y.now.seconds += 8 * 3600; }).find("two refresh intervals")
        != std::string::npos);
  CHECK(problem_with([](auto& y) {
          y.refresh.failures = 3;
          y.refresh.last_reason = "no probes";
        })
        == "the last 3 refresh attempts published nothing: no probes");
  CHECK(problem_with([](auto& y) { y.silent.push_back("redis_store"); })
        == "redis_store does not answer");
  CHECK(problem_with([](auto& y) { y.resolver.client_info_paused = true; }).find("Bruin") == 0);
}

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

TEST_CASE("discovery answers what ADR-32 promises") {
  const service_identity who{"cache", "id1", "1.0.0", "dev", "group", {"a", "b", "c", "d"}, {}};
  const auto ping = json::parse(ping_response(who));
  CHECK(ping["type"] == "io.nats.micro.v1.ping_response");
  CHECK(ping["name"] == "cache");
  CHECK(ping["id"] == "id1");
  CHECK(ping["metadata"].is_object());
  const auto info = json::parse(info_response(who));
  CHECK(info["type"] == "io.nats.micro.v1.info_response");
  REQUIRE(info["endpoints"].size() == endpoint_count);
  CHECK(info["endpoints"][0]["subject"] == "a");
  CHECK(info["endpoints"][0]["queue_group"] == "group");
  std::array<endpoint_stats, endpoint_count> counted;
  counted[0] = {4, 1, 1000, "404: nothing"};
  const auto stats = json::parse(stats_response(who, counted));
  CHECK(stats["type"] == "io.nats.micro.v1.stats_response");
  CHECK(stats["started"] == "1970-01-01T00:00:00Z");
  CHECK(stats["endpoints"][0]["num_requests"] == 4);
  CHECK(stats["endpoints"][0]["num_errors"] == 1);
  CHECK(stats["endpoints"][0]["processing_time"] == 1000);
  CHECK(stats["endpoints"][0]["average_processing_time"] == 250);
  CHECK(stats["endpoints"][0]["last_error"] == "404: nothing");
  CHECK(stats["endpoints"][1]["last_error"] == "");
}
