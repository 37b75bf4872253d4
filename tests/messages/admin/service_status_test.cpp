#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/admin/service_status.hpp"
#include "messages/base/limits.hpp"

using namespace hawkeye;
using nlohmann::json;

TEST_CASE("status says healthy only where nothing is wrong, and names what is") {
  service_status x;
  x.interval = 4h;
  x.now = {1'600'000'000, 0};
  snapshot_meta meta;
  meta.built_at = timestamp{1'600'000'000 - 3600, 0};
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
  CHECK(problem_with([](auto& y) { y.nats_problem = "away"; }) == "NATS: away");
  CHECK(problem_with([](auto& y) { y.redis_problem = "away"; }) == "Redis: away");
  CHECK(problem_with([](auto& y) { y.now.seconds += 8 * 3600; }).find("two refresh intervals")
        != std::string::npos);
  CHECK(problem_with([](auto& y) {
          y.refresh.failures = 3;
          y.refresh.recent.push_front(
              {{}, refresh_trigger::device, "S", refresh_result::failed, "not listed"});
          y.refresh.recent.push_back(
              {{}, refresh_trigger::retry, "", refresh_result::failed, "no probes"});
        })
        == "the last 3 refresh attempts published nothing: no probes");
  CHECK(problem_with([](auto& y) { y.silent.push_back("redis_store"); })
        == "redis_store does not answer");
  CHECK(problem_with([](auto& y) { y.resolver.client_info_paused = true; })
        == "Bruin fails too often when asked for the client info: such calls are paused, but for "
           "trials");
  CHECK(problem_with([](auto& y) {
          y.lease = lease_state::another;
          y.leader_silent = true;
          y.refresh.failures = 3; // of the time when it refreshed itself
        })
        == "the instance that refreshes does not answer");
  CHECK(problem_with([](auto& y) {
          y.leader = leader_view{"{}", "{}", {"as the other one says"}};
        })
        == "as the other one says");
}

TEST_CASE("a tenth of the devices may be carried over; more than that is not healthy") {
  const auto problems = [](std::size_t devices, std::size_t carried) {
    snapshot_meta meta;
    std::vector<device> served;
    for (std::size_t i = 0; i < devices; ++i) {
      auto state = state_as_of(1000);
      state.listing.yes += i < carried;
      served.push_back({std::to_string(i), {}, "{}", state});
    }
    service_status x;
    x.snapshot = std::make_shared<const snapshot>(meta, served);
    return problems_of(x).size();
  };
  CHECK(problems(20, 0) == 0);
  CHECK(problems(20, 2) == 0);
  CHECK(problems(20, 3) == 1);
}

TEST_CASE("a bridge is called by how its last call ended") {
  service_status x;
  const auto bridges = [&x] {
    return json::parse(write_status(x))["bridges"];
  };
  CHECK(bridges()["hawkeye"] == "not_asked");
  x.calls = {call_result::answered, call_result::failed, call_result::answered};
  x.resolver.management_status_paused = true;
  CHECK(bridges()["hawkeye"] == "answers");
  CHECK(bridges()["client_info"] == "fails");
  CHECK(bridges()["management_status"] == "paused");
}

TEST_CASE("what another instance says of its refreshes is taken whole, or not at all") {
  service_status x;
  x.instance = "a";
  x.refresh.failures = 2;
  x.refresh.recent.push_front(
      {{}, refresh_trigger::retry, "", refresh_result::failed, "no probes"});
  const auto view = read_leader_view(write_leader_view(x));
  REQUIRE(view);
  CHECK(json::parse(view->refresh)["instance"] == "a");
  CHECK(view->problems
        == std::vector<std::string>{"the last 2 refresh attempts published nothing: no probes"});
  for (const char* other :
       {"", "null", "[]", "{}", R"({"refresh":{},"bridges":[],"problems":[]})",
        R"({"refresh":{},"bridges":{}})", R"({"refresh":1,"bridges":{},"problems":[]})"})
    CHECK_FALSE(read_leader_view(other));
}

TEST_CASE("whoever claims to be another instance breaks neither our status nor a terminal") {
  constexpr std::size_t deep = 200'000; // printing it by recursion would end the process
  CHECK_FALSE(read_leader_view(R"({"refresh":{"x":)" + std::string(deep, '[')
                               + std::string(deep, ']') + R"(},"bridges":{},"problems":[]})"));
  CHECK_FALSE(read_leader_view(R"({"refresh":{},"bridges":{},"problems":[")"
                               + std::string(max_leader_view_bytes, 'x') + R"("]})"));
  const auto view = read_leader_view(R"({"refresh":{},"bridges":{},"problems":["a\u001b[31m\nb",")"
                                     + std::string(9000, 'x') + R"("]})");
  REQUIRE(view);
  REQUIRE(view->problems.size() == 2);
  CHECK(view->problems[0] == R"(a\u001b[31m\u000ab)");
  CHECK(view->problems[1].size() < 1100);
}

TEST_CASE("the oldest record is the one that Bruin has been silent about the longest") {
  snapshot_meta meta;
  CHECK_FALSE(oldest_record(snapshot{meta, {}}));
  meta.built_at = timestamp{1000, 0};
  CHECK(oldest_record(snapshot{meta, {}}) == timestamp{1000, 0});
  std::vector<device> devices;
  for (const asked_at since : {900, 800, 950}) {
    auto state = state_as_of(since * 1'000'000);
    state.listing.yes += since < 950; // of the last one Bruin was not silent
    devices.push_back({std::to_string(since), {}, "{}", state});
  }
  CHECK(oldest_record(snapshot{meta, devices}) == timestamp{800, 0});
}
