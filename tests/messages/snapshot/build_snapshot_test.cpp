// Which device is in the next snapshot: Bruin's word counts, its silence never shrinks the answer,
// and every probe is accounted for.
#include "messages/snapshot/build_snapshot.hpp"

#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace hawkeye {
namespace {

using nlohmann::json;

constexpr timestamp now{1'600'000'000, 250'000'000};

timestamp before(timestamp x, duration by) {
  return to_timestamp(to_time_point(x) - std::chrono::duration_cast<std::chrono::nanoseconds>(by));
}

probe probe_named(const std::string& serial, timestamp contact = {1'599'999'000, 0}) {
  return {serial, to_string(contact), contact, R"("probe_id":"new )" + serial + "\""};
}

resolution said(outcome why, std::string client = "", std::string detail = "timeout") {
  return {why, std::move(client), {}, std::move(detail)};
}

resolution monitored(int client) {
  return said(outcome::monitored, "{\"client_id\":" + std::to_string(client) + "}");
}

/// What was served so far: one device of client 1 for each serial.
snapshot_ptr served(const std::vector<std::string>& serials, std::optional<timestamp> built_at,
                    std::vector<carried_device> carried = {}, std::uint64_t version = 4) {
  snapshot_meta meta;
  meta.version = version;
  meta.built_at = built_at;
  meta.carried = std::move(carried);
  std::vector<device> devices;
  for (const auto& serial : serials)
    devices.push_back({serial,
                       {1'500'000'000, 0},
                       device_json(serial, "2017-07-14T02:40:00Z",
                                   R"({"client_id":1,"site_id":343})", R"("probe_id":"old")")});
  return std::make_shared<const snapshot>(std::move(meta), std::move(devices));
}

std::uint64_t sum(const outcome_counts& x) {
  return std::accumulate(x.values.begin(), x.values.end(), std::uint64_t{0});
}

/// The one probe A, of whom Bruin did not say anything.
build_result build_silent(const snapshot_ptr& previous, duration max_stale,
                          outcome why = outcome::client_info_failed) {
  return build_snapshot({{probe_named("A")}, {}}, {said(why)}, previous, now, max_stale);
}

TEST_CASE("every outcome is counted once, and only the monitored ones are in") {
  for (std::size_t i = 0; i < outcome_count; ++i) {
    const auto why = static_cast<outcome>(i);
    CAPTURE(to_string(why));
    const bool before_bruin = why == outcome::malformed || why == outcome::no_serial
                              || why == outcome::duplicate_serial
                              || why == outcome::never_contacted;
    if (why == outcome::carried_over || why == outcome::record_too_old)
      continue; // decided here, not said by Bruin: see below
    const auto built = before_bruin
                           ? build_snapshot({{}, {{"A", why, ""}}}, {}, nullptr, now, 24h)
                           : build_snapshot({{probe_named("A")}, {}},
                                            {said(why, "{\"client_id\":1}")}, nullptr, now, 24h);
    CHECK(built.counts[why] == 1);
    CHECK(sum(built.counts) == 1);
    CHECK(built.next->meta().counts == built.counts);
    CHECK(built.next->size() == (why == outcome::monitored ? 1 : 0));
  }
}

TEST_CASE("every probe of the reply ends in exactly one outcome") {
  probe_list probes;
  resolution_list resolutions;
  for (std::size_t i = 0; i < 200; ++i) {
    const auto serial = "S" + std::to_string(i);
    const auto why = static_cast<outcome>(i % outcome_count);
    if (why >= outcome::malformed && why <= outcome::never_contacted) {
      probes.discarded.push_back({serial, why, ""});
      continue;
    }
    probes.probes.push_back(probe_named(serial));
    const bool decided_here = why == outcome::carried_over || why == outcome::record_too_old;
    resolutions.push_back(decided_here ? said(outcome::unresolved) : said(why, "{}"));
  }
  // Some were never asked for: the refresh ended before.
  resolutions.resize(resolutions.size() - 10);
  const auto previous = served({"S1", "S9", "S10", "S11", "S12", "not seen any more"},
                               before(now, 1h), {{"S10", before(now, 25h)}});
  const auto built = build_snapshot(probes, resolutions, previous, now, 24h);
  CHECK(sum(built.counts) == probes.probes.size() + probes.discarded.size());
  CHECK(built.next->size()
        == built.counts[outcome::monitored] + built.counts[outcome::carried_over]);
  CHECK(built.counts[outcome::carried_over] == 4);
  CHECK(built.counts[outcome::record_too_old] == 1);
  CHECK(built.counts[outcome::unresolved] > 9);
}

TEST_CASE("a device that Bruin knows is served as Hawkeye and Bruin say today") {
  const auto built = build_snapshot({{probe_named("A")}, {}}, {monitored(7)},
                                    served({"A"}, before(now, 1h)), now, 24h);
  REQUIRE(built.next->size() == 1);
  const auto device = json::parse(built.next->at(0));
  CHECK(device["bruin_client_info"] == json{{"client_id", 7}});
  CHECK(device["probe_id"] == "new A");
  CHECK(built.next->meta().carried.empty());
  CHECK(built.next->meta().built_at == now);
}

TEST_CASE(
    "where Bruin is silent, Bruin's part of the last good record stands beside the new contact") {
  const auto built_at = before(now, 4h);
  for (const auto why :
       {outcome::client_info_failed, outcome::management_status_failed, outcome::unresolved}) {
    CAPTURE(to_string(why));
    const auto built = build_silent(served({"B", "A"}, built_at), 24h, why);
    REQUIRE(built.next->size() == 1);
    const auto device = json::parse(built.next->at(0));
    CHECK(device["serial_number"] == "A");
    CHECK(device["bruin_client_info"] == json{{"client_id", 1}, {"site_id", 343}});
    CHECK(device["last_contact"] == to_string(timestamp{1'599'999'000, 0}));
    CHECK(device["probe_id"] == "new A");
    CHECK(built.next->last_contact(0) == timestamp{1'599'999'000, 0});
    REQUIRE(built.next->meta().carried.size() == 1);
    CHECK(built.next->meta().carried[0].serial_number == "A");
    CHECK(built.next->meta().carried[0].since == built_at);
    CHECK(built.counts[outcome::carried_over] == 1);
    CHECK(sum(built.counts) == 1);
  }
}

TEST_CASE("a clear no of Bruin is believed, whatever was served before") {
  for (const auto why :
       {outcome::no_customer, outcome::no_management_status, outcome::not_monitored}) {
    CAPTURE(to_string(why));
    const auto built = build_silent(served({"A"}, before(now, 1h)), 24h, why);
    CHECK(built.next->size() == 0);
    CHECK(built.counts[why] == 1);
  }
}

TEST_CASE("a record that was never there, or of a device that Hawkeye lost, does not stand in") {
  const auto unknown = build_silent(served({"B"}, before(now, 1h)), 24h);
  CHECK(unknown.next->size() == 0);
  CHECK(unknown.counts[outcome::client_info_failed] == 1);
  const auto first = build_silent(nullptr, 24h);
  CHECK(first.next->size() == 0);
  CHECK(first.counts[outcome::client_info_failed] == 1);
}

TEST_CASE("a record counts from Bruin's last answer, through any number of refreshes") {
  auto current = served({"A"}, before(now, 1h));
  const auto since = *current->meta().built_at;
  for (int i = 0; i < 24; ++i) {
    const auto later = before(now, -i * 1h);
    const auto built =
        build_snapshot({{probe_named("A"), probe_named("B")}, {}},
                       {said(outcome::unresolved), monitored(2)}, current, later, 24h);
    CAPTURE(i);
    REQUIRE(built.next->size() == 2);
    REQUIRE(built.next->meta().carried.size() == 1);
    CHECK(built.next->meta().carried[0].since == since);
    CHECK(built.next->meta().version == current->meta().version + 1);
    current = built.next;
  }
  const auto end = build_snapshot({{probe_named("A")}, {}}, {said(outcome::unresolved)}, current,
                                  before(now, -24h), 24h);
  CHECK(end.next->size() == 0);
  CHECK(end.counts[outcome::record_too_old] == 1);
}

TEST_CASE("a record stands in up to max-stale, and not one nanosecond longer") {
  for (const duration max_stale :
       {duration{1ns}, duration{250ms}, duration{251ms}, duration{999'999'999ns}, duration{1s},
        duration{24h}, duration{720h}}) {
    CAPTURE(max_stale.count());
    for (const duration age : {max_stale - 1ns, max_stale, max_stale + 1ns}) {
      const auto since = before(now, age);
      for (const auto& previous : {served({"A"}, since), served({"A"}, now, {{"A", since}}),
                                   served({"A"}, std::nullopt, {{"A", since}})}) {
        const auto built = build_silent(previous, max_stale);
        const bool in = age <= max_stale;
        CAPTURE(age.count());
        CHECK(built.next->size() == (in ? 1 : 0));
        CHECK(built.counts[in ? outcome::carried_over : outcome::record_too_old] == 1);
      }
    }
  }
}

TEST_CASE("a record centuries off in either direction harms nobody") {
  const auto ancient = build_silent(served({"A"}, now, {{"A", {-62'135'596'800, 0}}}), 720h);
  CHECK(ancient.counts[outcome::record_too_old] == 1);
  const auto future = build_silent(served({"A"}, now, {{"A", {253'402'300'799, 0}}}), 1ns);
  CHECK(future.counts[outcome::carried_over] == 1);
}

TEST_CASE("max-stale 0 switches the standing in off") {
  for (const auto& previous : {served({"A"}, now), served({"A"}, std::nullopt)}) {
    const auto built = build_silent(previous, 0s);
    CHECK(built.next->size() == 0);
    CHECK(built.next->meta().carried.empty());
    CHECK(built.counts[outcome::client_info_failed] == 1);
    CHECK(built.next->meta().version == 5);
  }
}

TEST_CASE("an array that does not say when it was built counts from now") {
  const auto built = build_silent(served({"A"}, std::nullopt, {}, 0), 1ns);
  REQUIRE(built.next->size() == 1);
  REQUIRE(built.next->meta().carried.size() == 1);
  CHECK(built.next->meta().carried[0].since == now);
  CHECK(built.next->meta().version == 1);
}

TEST_CASE("the version grows by one, beginning with one") {
  CHECK(build_silent(nullptr, 24h).next->meta().version == 1);
  CHECK(build_silent(served({}, now, {}, 0), 24h).next->meta().version == 1);
  CHECK(build_silent(served({}, now, {}, 41), 24h).next->meta().version == 42);
}

TEST_CASE("what stands in is listed by serial number") {
  const auto built =
      build_snapshot({{probe_named("C"), probe_named("A"), probe_named("D"), probe_named("B")}, {}},
                     {said(outcome::unresolved), said(outcome::unresolved), monitored(1)},
                     served({"A", "B", "C", "D"}, now), now, 24h);
  std::string serials;
  for (const auto& x : built.next->meta().carried)
    serials += x.serial_number;
  CHECK(serials == "ABC");
}

TEST_CASE(
    "people are told which serials are ambiguous and what failed, also where a record stood in") {
  auto ambiguous = monitored(1);
  ambiguous.clients = {"1", "2"};
  const auto built = build_snapshot({{probe_named("A"), probe_named("B")}, {}},
                                    {ambiguous, said(outcome::client_info_failed, "", "no reply")},
                                    served({"B"}, now), now, 24h);
  CHECK(built.ambiguous == std::vector<ambiguous_serial>{{"A", {"1", "2"}}});
  CHECK(built.failures.find("no reply") != std::string::npos);
  CHECK(build_snapshot({{probe_named("A")}, {}}, {monitored(1)}, nullptr, now, 24h).failures == "");
}

} // namespace
} // namespace hawkeye
