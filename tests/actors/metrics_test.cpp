// Every metric moves with what it counts, on the virtual clock.
#include <doctest/doctest.h>

#include "tests/support/virtual_admin.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

std::string calls(const char* subject, const char* status) {
  return std::string{"bridge_calls_total{status=\""} + status + "\",subject=\"" + subject + "\"}";
}

std::string refreshes(const char* result, const char* trigger) {
  return std::string{"refreshes_total{result=\""} + result + "\",trigger=\"" + trigger + "\"}";
}

constexpr const char* clients = "bruin.customer.get.info";
constexpr const char* list = "hawkeye.probe.request";

} // namespace

TEST_CASE("requests are counted by endpoint and status, with their time, those dropped and shed") {
  settings with;
  with.nats.max_pending = 1;
  serving x{with};
  auto& s = x.service;
  x.ask("get"), x.explain("NOBODY"), s.ask("no JSON");
  CHECK(value(s, R"(requests_total{endpoint="get",status="200"})") == 1);
  CHECK(value(s, R"(requests_total{endpoint="get",status="400"})") == 1);
  CHECK(value(s, R"(requests_total{endpoint="explain",status="404"})") == 1);
  CHECK(value(s, R"(request_duration_seconds_count{endpoint="get"})") == 2);
  s.via->deliver("hawkeye.customer.cache.get", "", "{}");
  CHECK(value(s, "requests_without_reply_total") == 1);
  for (const char* reply : {"a", "b"})
    s.via->deliver("hawkeye.customer.cache.get", reply, R"({"body":{}})");
  CHECK(value(s, "requests_shed_total") == 1);
  CHECK(value(s, R"(requests_total{endpoint="get",status="503"})") == 1);
  CHECK(value(s, "requests_pending") == 0);
}

TEST_CASE("a reply that NATS does not take is not counted as an answer") {
  serving x;
  auto& s = x.service;
  s.via->away = true;
  s.via->deliver("hawkeye.customer.cache.get", "a", R"({"body":{}})");
  x.world.settle();
  s.via->away = false;
  CHECK(value(s, R"(requests_total{endpoint="get",status="200"})") == 0);
  CHECK(value(s, "requests_without_reply_total") == 1);
}

TEST_CASE("refreshes are counted by result and trigger, with duration, age, next run, progress") {
  serving x;
  auto& s = x.service;
  CHECK(value(s, refreshes("published", "start")) == 1);
  CHECK(value(s, "refresh_duration_seconds_count") == 1);
  const auto next = value(s, "refresh_next_timestamp_seconds");
  CHECK(next >= 1'600'000'000 + 4 * 3600);
  CHECK(value(s, "refresh_interval_seconds") == 4 * 3600);
  x.world.pass(5s);
  CHECK(value(s, "snapshot_age_seconds") == 7);
  s.bridges.hold = true;
  x.ask("refresh");
  x.world.pass(1s);
  s.bridges.release(); // of the list
  x.world.pass(1s);
  CHECK(value(s, "refresh_running") == 1);
  CHECK(value(s, "refresh_expected_probes") == 4);
  CHECK(value(s, "bridge_calls_in_flight") > 0);
  CHECK(value(s, "bridge_calls_limit") >= value(s, "bridge_calls_in_flight"));
  s.bridges.release(); // clients; that of S0001 is none, which resolves it
  CHECK(value(s, "refresh_progress_probes") == 1);
  s.bridges.hold = false;
  s.bridges.release();
  x.world.pass(1s);
  CHECK(value(s, refreshes("published", "request")) == 1);
  x.ask("refresh", {{"serial_number", "NOBODY"}});
  x.world.pass(1s);
  CHECK(value(s, refreshes("failed", "device")) == 1);
  CHECK(value(s, "refresh_failures_in_a_row") == 0);
  s.bridges.fleet.clear();
  x.ask("refresh");
  x.world.pass(1s);
  CHECK(value(s, refreshes("failed", "request")) == 1);
  CHECK(value(s, "refresh_failures_in_a_row") == 1);
  CHECK(value(s, "healthy") == 0);
  CHECK(value(s, "refresh_duration_seconds_count") == 2);
}

TEST_CASE("devices are counted by outcome, those carried over, and the oldest record's age told") {
  serving x;
  auto& s = x.service;
  CHECK(value(s, "devices") == 2);
  CHECK(value(s, R"(probes{outcome="monitored"})") == 2);
  CHECK(value(s, R"(probes{outcome="no_customer"})") == 1);
  CHECK(value(s, R"(probes{outcome="not_monitored"})") == 1);
  CHECK(value(s, "devices_carried_over") == 0);
  CHECK(value(s, "oldest_record_age_seconds") == value(s, "snapshot_age_seconds"));
  x.silence("S0000");
  x.world.pass(10s);
  x.ask("refresh");
  x.world.pass(2s);
  CHECK(value(s, "devices_carried_over") == 1);
  CHECK(value(s, R"(probes{outcome="carried_over"})") == 1);
  CHECK(value(s, "oldest_record_age_seconds") == 14);
  CHECK(value(s, "snapshot_age_seconds") == 2);
  CHECK(value(s, "snapshot_version") == 2);
  CHECK(value(s, "snapshot_present") == 1);
  CHECK(value(s, "snapshot_size_bytes") > 100);
}

TEST_CASE("bridge calls are counted by subject and status; a breaker shows until a call succeeds") {
  settings with;
  with.bruin.timeout = 1s;
  with.bruin.attempts = 1;
  with.refresh.deadline = 1min;
  with.refresh.retry_min = with.refresh.retry_max = 1h; // nobody asks again by itself
  serving x{with};
  auto& s = x.service;
  CHECK(value(s, calls(list, "2xx")) == 1);
  CHECK(value(s, calls(clients, "2xx")) == 4);
  CHECK(value(s, R"(bridge_call_duration_seconds_count{subject="bruin.customer.get.info"})") == 4);
  s.bridges.add_devices(40);
  s.bridges.fault = [](const std::string& subject, const json&) {
    return subject == clients ? std::optional{fault_answer{true, false, ""}} : std::nullopt;
  };
  x.ask("refresh");
  x.world.pass(1min + 5s);
  CHECK(value(s, calls(clients, "timed_out")) > 20);
  CHECK(value(s, R"(bridge_paused{question="client_info"})") == 1);
  CHECK(value(s, R"(bridge_paused{question="management_status"})") == 0);
  s.bridges.fault = [](const std::string& subject, const json&) {
    return subject == list ? std::optional{fault_answer{false, true, ""}} : std::nullopt;
  };
  x.world.pass(5min);
  CHECK(value(s, R"(bridge_paused{question="client_info"})") == 1); // nobody asked since
  x.ask("refresh");
  x.world.pass(1s);
  CHECK(value(s, calls(list, "no_responders")) == 1);
  s.bridges.fault = nullptr;
  x.ask("refresh");
  x.world.pass(5s);
  CHECK(value(s, R"(bridge_paused{question="client_info"})") == 0);
}

TEST_CASE("payloads parked, Redis, NATS, the lease and the build are told") {
  serving x;
  auto& s = x.service;
  CHECK(value(s, "lease_held") == 1);
  CHECK(value(s, "healthy") == 1);
  CHECK(value(s, "start_time_seconds") == 1'600'000'000);
  CHECK(value(s, "redis_in_use") == 1);
  virtual_service other{x.world, {}, s.redis};
  x.world.pass(1s);
  CHECK(value(other, "lease_held") == 0);
  s.via->limit = 300;
  CHECK(x.ask("get").contains("token"));
  CHECK(value(s, "payloads_parked_total") == 1);
  CHECK(value(s, "payloads_parked_bytes_total")
        == static_cast<double>(s.redis->payloads.begin()->second.size()));
  s.redis->away = true;
  x.world.pass(5s);
  CHECK(value(s, "redis_in_use") == 0);
  CHECK(value(s, "payload_redis_in_use") == 0);
  CHECK(value(s, "healthy") == 0);
  s.redis->away = false;
  x.world.pass(5s);
  CHECK(value(s, "redis_in_use") == 1);
  CHECK(value(s, "redis_recoveries_total") == 1);
  CHECK(value(s, "nats_connected") == 1);
  s.via->found_again = 3;
  CHECK(value(s, "nats_reconnects_total") == 3);
  CHECK(value(s, "nats_reconnects_total") == 3);
  s.via->closed = true;
  CHECK(value(s, "nats_connected") == 0);
  CHECK(value(s, "receives_requests") == 0);
}
