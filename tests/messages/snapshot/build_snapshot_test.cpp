// Who is served after a refresh: a device leaves only when that is true (the table in
// docs/architecture.md).
#include <algorithm>
#include <map>
#include <numeric>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/snapshot/build_snapshot.hpp"

namespace hawkeye {
namespace {

using nlohmann::json;

constexpr asked_at minute = 60'000'000;
constexpr asked_at start = 1'600'000'000'000'000;
constexpr timestamp wall{1'600'000'000, 0};

probe probe_named(const std::string& serial, timestamp contact = {1'599'999'000, 0}) {
  return {serial, to_string(contact), contact, R"("probe_id":"new )" + serial + "\""};
}

resolution said(outcome why, std::string client = "", std::string detail = "timeout") {
  return {why, std::move(client), {}, std::move(detail)};
}

resolution monitored(int client, std::string status = "Pending") {
  return said(outcome::monitored,
              R"({"client_id":)" + std::to_string(client) + R"(,"client_name":"CLIENT )"
                  + std::to_string(client) + "\"}",
              std::move(status));
}

std::string name_of(int i) {
  return "S" + std::to_string(10000 + i);
}

/// A fleet, and what is said about it refresh by refresh.
class fleet {
public:
  explicit fleet(int size) {
    for (int i = 0; i < size; ++i)
      says[name_of(i)] = monitored(i % 10);
  }

  std::map<std::string, resolution> says; ///< by serial number, of all that Hawkeye lists
  std::vector<discarded_probe> discarded;
  removal_rules rules;
  snapshot_ptr current;
  asked_at now = start;
  asked_at comparable_from = 0;
  duration elapsed{};

  build_result refresh(asked_at later = 0, std::optional<std::vector<std::string>> about = {}) {
    now += later;
    probe_list probes;
    resolution_list resolutions;
    const auto asked = [&](const std::string& serial) {
      return !about || std::find(about->begin(), about->end(), serial) != about->end();
    };
    for (const auto& [serial, resolution] : says)
      if (asked(serial)) {
        probes.probes.push_back(probe_named(serial));
        resolutions.push_back(resolution);
      }
    for (const auto& x : discarded)
      if (asked(x.serial_number))
        probes.discarded.push_back(x);
    refresh_answers answers{probes, resolutions, now, to_timestamp(now)};
    answers.about = std::move(about);
    answers.elapsed = elapsed;
    answers.comparable_from = comparable_from;
    auto result = build_snapshot(current, answers, rules);
    current = result.next;
    return result;
  }

  void all_say(int from, int until, const resolution& x) {
    for (int i = from; i < until; ++i)
      says[name_of(i)] = x;
  }

  void forget(int from, int until) {
    for (int i = from; i < until; ++i)
      says.erase(name_of(i));
  }

  bool serves(const std::string& serial) const {
    return !record(serial).is_null();
  }

  json record(const std::string& serial) const {
    for (const auto& x : json::parse(current->array()))
      if (x["serial_number"] == serial)
        return x;
    return {};
  }
};

std::uint64_t sum(const outcome_counts& x) {
  return std::accumulate(x.values.begin(), x.values.end(), std::uint64_t{0});
}

TEST_CASE(
    "a device that Hawkeye lists, with a client and a monitored status, is served so at once") {
  fleet x{3};
  const auto built = x.refresh();
  CHECK(built.next->size() == 3);
  CHECK(built.counts[outcome::monitored] == 3);
  x.says["S10000"] = monitored(77);
  x.says["NEW"] = monitored(1);
  CHECK(x.refresh(minute).removed.waiting.empty());
  CHECK(x.record("S10000")["bruin_client_info"]["client_id"] == 77);
  CHECK(x.serves("NEW"));
  CHECK(x.current->meta().version == 2);
  CHECK(x.current->newest() == start + minute);
}

TEST_CASE("a device that Hawkeye's list lacks stays until a list asked guard-confirm-after later "
          "lacks it, too") {
  fleet x{10};
  x.refresh();
  x.forget(0, 1);
  auto built = x.refresh(240 * minute);
  CHECK(x.serves("S10000"));
  CHECK(x.record("S10000")["probe_id"] == "new S10000");
  CHECK(built.counts[outcome::not_listed] == 1);
  CHECK(sum(built.counts) == 10);
  CHECK(built.removed.waiting == std::vector<std::string>{"S10000"});
  CHECK(built.removed.by_reason[outcome::not_listed] == 1);
  built = x.refresh(10 * minute - 1);
  CHECK(x.serves("S10000"));
  SUBCASE("confirmed") {
    built = x.refresh(1);
    CHECK_FALSE(x.serves("S10000"));
    CHECK(built.removed.confirmed == 1);
    CHECK(built.removed.waiting.empty());
    CHECK(sum(built.counts) == 9);
    REQUIRE(x.current->kept().size() == 1);
    CHECK(x.current->kept()[0].serial_number == "S10000");
    CHECK(x.current->kept()[0].json.find("new S10000") != std::string::npos);
  }
  SUBCASE("a list that has it begins the wait anew") {
    x.says["S10000"] = monitored(1);
    x.refresh(minute);
    x.forget(0, 1);
    x.refresh(minute);
    x.refresh(9 * minute);
    CHECK(x.serves("S10000"));
    x.refresh(minute);
    CHECK_FALSE(x.serves("S10000"));
  }
}

TEST_CASE("two cut lists that lack different devices confirm nothing of each other") {
  fleet x{30};
  x.refresh();
  const auto all = x.says;
  x.forget(0, 10);
  x.refresh(60 * minute);
  x.says = all;
  x.forget(10, 20);
  const auto built = x.refresh(60 * minute);
  CHECK(built.next->size() == 30);
  CHECK(built.removed.waiting.size() == 10);
}

TEST_CASE("a served device that the list has malformed or without contact stays likewise") {
  for (const auto why : {outcome::malformed, outcome::never_contacted}) {
    CAPTURE(to_string(why));
    fleet x{2};
    x.refresh();
    x.forget(0, 1);
    x.discarded = {{"S10000", why, "", {}}, {"S10000", why, "", {}}, {"STRANGER", why, "", {}}};
    auto built = x.refresh(minute);
    CHECK(x.serves("S10000"));
    CHECK(built.counts[outcome::not_listed] == 1);
    CHECK(built.counts[why] == 2);
    CHECK(sum(built.counts) == 4);
    built = x.refresh(10 * minute);
    CHECK_FALSE(x.serves("S10000"));
    CHECK(built.counts[why] == 3);
    CHECK(sum(built.counts) == 4);
  }
}

TEST_CASE("a second probe that is malformed takes nothing from a good one") {
  fleet x{1};
  x.discarded = {{"S10000", outcome::malformed, "", {}}};
  x.refresh();
  const auto built = x.refresh(20 * minute);
  CHECK(x.serves("S10000"));
  CHECK(built.counts[outcome::monitored] == 1);
  CHECK(built.counts[outcome::malformed] == 1);
}

TEST_CASE("a clear no of Bruin about few takes them out at once, with its reason") {
  for (const auto why :
       {outcome::no_customer, outcome::no_management_status, outcome::not_monitored}) {
    CAPTURE(to_string(why));
    fleet x{30};
    x.refresh();
    x.all_say(0, 3, said(why, why == outcome::no_customer ? "" : "{\"client_id\":1}"));
    const auto built = x.refresh(minute);
    CHECK(built.next->size() == 27);
    CHECK(built.counts[why] == 3);
    CHECK(built.outcomes[0] == why);
    CHECK(built.removed.waiting.empty());
    // And stays out, until Bruin says otherwise.
    CHECK(x.refresh(minute).counts[why] == 3);
    x.all_say(0, 3, monitored(5));
    CHECK(x.refresh(minute).next->size() == 30);
  }
}

TEST_CASE(
    "more than guard-min-devices and more than guard-max-drop per cent wait; one less do not") {
  struct row {
    std::size_t least;
    unsigned drop;
    int fleet, gone;
    bool waits;
  };
  for (const auto& [least, drop, size, gone, waits] :
       {row{3, 10, 30, 3, false}, row{3, 10, 30, 4, true}, row{3, 10, 100, 10, false},
        row{3, 10, 100, 11, true}, row{0, 0, 100, 1, true}, row{0, 100, 10, 10, false},
        row{3, 10, 4, 4, true}, row{3, 10, 3, 3, false}, row{1000, 0, 100, 100, false}}) {
    CAPTURE(size);
    CAPTURE(gone);
    fleet x{size};
    x.rules.guard_min_devices = least;
    x.rules.guard_max_drop = drop;
    x.refresh();
    x.all_say(0, gone, said(outcome::no_customer));
    const auto built = x.refresh(minute);
    CHECK(built.next->size() == static_cast<std::size_t>(waits ? size : size - gone));
    CHECK(built.counts[outcome::removal_unconfirmed] == static_cast<unsigned>(waits ? gone : 0));
    CHECK(built.removed.waiting.size() == static_cast<std::size_t>(waits ? gone : 0));
  }
}

TEST_CASE("removals that wait are confirmed one device at a time, by an answer about that device") {
  fleet x{20};
  x.refresh();
  x.all_say(0, 10, said(outcome::no_customer));
  CHECK(x.refresh(minute).next->size() == 20);
  // Now another ten: the first ten are answered for, and the others wait for themselves.
  x.all_say(0, 10, monitored(1));
  x.all_say(10, 20, said(outcome::no_management_status));
  auto built = x.refresh(20 * minute);
  CHECK(built.next->size() == 20);
  CHECK(built.removed.by_reason[outcome::no_management_status] == 10);
  CHECK(x.refresh(9 * minute).next->size() == 20);
  built = x.refresh(minute);
  CHECK(built.next->size() == 10);
  CHECK(built.removed.confirmed == 10);
  CHECK(built.counts[outcome::no_management_status] == 10);
}

TEST_CASE("a refresh of those alone that wait confirms them, and leaves the others as they are") {
  fleet x{20};
  x.refresh();
  x.all_say(0, 10, said(outcome::no_customer));
  x.forget(15, 16);
  const auto waiting = x.refresh(minute).removed.waiting;
  REQUIRE(waiting.size() == 11);
  const auto built_at = x.current->meta().built_at;
  const auto built = x.refresh(10 * minute, waiting);
  CHECK(built.next->size() == 9);
  CHECK(built.removed.confirmed == 11);
  CHECK(built.next->meta().built_at == built_at);
  CHECK(built.counts[outcome::monitored] == 9);
  CHECK(built.counts[outcome::no_customer] == 10);
  CHECK(sum(built.counts) == 19);
}

TEST_CASE("asking about one device after the other takes out no more than asking about all") {
  fleet x{20};
  x.refresh();
  x.all_say(0, 10, said(outcome::no_customer));
  x.refresh(minute);
  for (int i = 0; i < 10; ++i)
    x.refresh(1000, std::vector{name_of(i)});
  CHECK(x.current->size() == 20);
}

TEST_CASE("a device that has left does not come back by a list while Bruin says no") {
  for (const int noes : {1, 10}) { // where they are many, each waits for a second answer
    fleet x{20};
    x.refresh();
    x.forget(0, 1);
    x.refresh(minute);
    x.refresh(10 * minute);
    REQUIRE_FALSE(x.serves("S10000"));
    x.all_say(0, noes, said(outcome::not_monitored));
    x.refresh(minute);
    CHECK(x.current->size() == 19);
    CHECK_FALSE(x.serves("S10000"));
    x.says["S10000"] = monitored(1);
    x.refresh(minute);
    CHECK(x.serves("S10000"));
  }
}

TEST_CASE(
    "a single no about devices that have left removes none that another instance serves since") {
  fleet here{20};
  here.refresh();
  here.forget(0, 10);
  here.refresh(minute);
  here.refresh(10 * minute);
  REQUIRE(here.current->size() == 10);
  fleet there{20};
  there.now = here.now + minute;
  there.refresh();
  here.all_say(0, 10, said(outcome::not_monitored));
  here.refresh(2 * minute);
  CHECK(here.current->size() == 10);
  here.current = merge(here.current, there.current);
  CHECK(here.current->size() == 20);
  CHECK(here.current->served_as()[outcome::removal_unconfirmed] == 10);
}

TEST_CASE(
    "a device that has left while a no of Bruin waited stays out where Bruin is silent then") {
  fleet x{20};
  x.refresh();
  x.all_say(0, 10, said(outcome::not_monitored));
  x.refresh(minute);
  REQUIRE(x.current->served_as()[outcome::removal_unconfirmed] == 10);
  x.forget(0, 1);
  x.refresh(minute, std::vector{name_of(0)});
  x.refresh(10 * minute, std::vector{name_of(0)});
  REQUIRE_FALSE(x.serves("S10000"));
  x.says["S10000"] = said(outcome::client_info_failed);
  x.refresh(minute);
  CHECK_FALSE(x.serves("S10000"));
  x.says["S10000"] = monitored(1);
  x.refresh(minute);
  CHECK(x.serves("S10000"));
}

TEST_CASE(
    "of those that left here alone, and that another instance serves still, one answer of Bruin "
    "takes out no more than the guard allows") {
  fleet here{20};
  here.refresh();
  fleet there = here;
  here.forget(0, 10); // a list that is cut twice
  here.refresh(minute);
  here.refresh(10 * minute);
  REQUIRE(here.current->size() == 10);
  there.all_say(0, 10, said(outcome::client_info_failed));
  there.refresh(12 * minute); // Hawkeye has them still
  REQUIRE(there.current->size() == 20);
  here.all_say(0, 10, said(outcome::no_customer));
  here.refresh(2 * minute);
  REQUIRE(here.current->size() == 10);
  CHECK(merge(here.current, there.current)->size() == 20);
}

TEST_CASE("what was heard about a device that only another instance serves counts there, and a "
          "single no of that kind removes none") {
  fleet here{1}, there{1};
  for (const char* serial : {"NO", "SILENT"})
    there.says[serial] = monitored(1);
  there.refresh();
  here.now = start + 10 * minute;
  here.says["NO"] = said(outcome::no_customer);
  here.says["SILENT"] = said(outcome::client_info_failed);
  here.refresh();
  CHECK(here.current->size() == 1);
  CHECK(here.current->kept().empty());

  here.current = merge(there.current, here.current);
  CHECK(here.serves("NO"));
  CHECK(here.current->served_as()[outcome::removal_unconfirmed] == 1);
  CHECK(here.record("SILENT")["probe_id"] == "new SILENT");
  here.refresh(10 * minute);
  CHECK_FALSE(here.serves("NO"));
  CHECK(here.serves("SILENT"));
}

TEST_CASE("what was heard about devices that nobody serves is forgotten when Hawkeye does not list "
          "them any more, and adds nothing to a merge") {
  fleet x{1};
  x.says["STRANGER"] = said(outcome::no_customer);
  x.refresh();
  const auto stored = std::make_shared<const snapshot>(x.current->with_heard({}));
  const auto merged = merge(stored, x.current);
  CHECK(merged->shares_content_with(*stored));
  CHECK(merged->heard() == x.current->heard());
  x.says.erase("STRANGER");
  x.refresh(minute);
  CHECK(x.current->heard().empty());
}

TEST_CASE("the silence that two instances count at the same time is as long as for one") {
  fleet here{1}, there{1};
  here.rules.max_stale = there.rules.max_stale = 30min;
  here.refresh();
  there.current = here.current;
  here.all_say(0, 1, said(outcome::client_info_failed));
  there.all_say(0, 1, said(outcome::client_info_failed));
  here.elapsed = 20min;
  here.refresh(20 * minute);
  there.current = merge(there.current, here.current);
  there.elapsed = 22min;
  there.refresh(22 * minute);
  CHECK(there.current->size() == 1);
  there.elapsed = 9min;
  there.refresh(9 * minute);
  CHECK(there.current->size() == 0);
}

TEST_CASE(
    "a client that was named for a device which only another instance serves counts there, even "
    "if the next list lacks the device") {
  fleet here{0}, there{0};
  there.says["MOVED"] = monitored(1);
  there.refresh();
  here.says["MOVED"] = monitored(2);
  here.says["MOVED"].why = outcome::management_status_failed;
  here.refresh(10 * minute);
  here.says.erase("MOVED");
  here.refresh(minute);
  CHECK(merge(there.current, here.current)->size() == 1);
  there.current = merge(here.current, there.current);
  CHECK(there.record("MOVED")["bruin_client_info"]["client_id"] == 2);
  here.refresh(24 * 60 * minute); // as long as a record is served without Bruin
  CHECK(here.current->heard().empty());
}

TEST_CASE(
    "after other instances' answers were merged in, outcomes are those of what is published") {
  fleet here{4}, there{4};
  there.refresh();
  here.refresh();
  here.says["S10001"] = said(outcome::client_info_failed);
  there.says["S10002"] = said(outcome::no_customer);
  there.refresh(2 * minute);
  here.says["S10003"] = said(outcome::unresolved);
  const auto built = here.refresh(minute);
  const auto published = merge(there.current, here.current);
  std::vector<probe> probes;
  for (const auto& [serial, said] : here.says)
    probes.push_back(probe_named(serial));
  CHECK(built.outcomes[1] == outcome::carried_over);
  const auto outcomes = outcomes_in(*published, probes, built.outcomes);
  CHECK(outcomes
        == std::vector{outcome::monitored, outcome::monitored, outcome::no_customer,
                       outcome::monitored});
}

TEST_CASE(
    "where Bruin is silent the last good record stands beside the new contact, up to max-stale") {
  for (const auto why : {outcome::client_info_failed, outcome::unresolved}) {
    CAPTURE(to_string(why));
    fleet x{2};
    x.refresh();
    x.says["S10000"] = said(why);
    x.elapsed = 4h;
    for (int i = 0; i < 6; ++i) {
      const auto built = x.refresh(240 * minute);
      CHECK(built.counts[outcome::carried_over] == 1);
      CHECK(built.silent == 1);
      CHECK(x.record("S10000")["bruin_client_info"]["client_id"] == 0);
    }
    auto built = x.refresh(240 * minute);
    CHECK_FALSE(x.serves("S10000"));
    CHECK(built.counts[outcome::record_too_old] == 1);
    CHECK(x.refresh(minute).counts[outcome::record_too_old] == 1);
    x.says["S10000"] = monitored(3);
    CHECK(x.refresh(minute).next->size() == 2);
  }
}

TEST_CASE("a record ages by the time that passes, not by a clock that is set") {
  fleet x{1};
  x.refresh();
  x.all_say(0, 1, said(outcome::unresolved));
  x.elapsed = 1h;
  x.refresh(10 * 365 * 1440 * minute); // ten years ahead
  CHECK(x.serves("S10000"));
  // Nor by refreshes of single devices.
  x.elapsed = 23h;
  for (int i = 0; i < 5; ++i)
    x.refresh(minute, std::vector{name_of(0)});
  CHECK(x.serves("S10000"));
  x.refresh(minute);
  CHECK(x.serves("S10000"));
  x.elapsed = 1ms;
  x.refresh(minute);
  CHECK_FALSE(x.serves("S10000"));
}

TEST_CASE("a record ages also while Hawkeye's list lacks its device and Bruin is not asked") {
  fleet x{2};
  x.refresh();
  x.elapsed = 13h;
  const auto back = x.says[name_of(0)];
  x.forget(0, 1);
  x.refresh(13 * 60 * minute);
  CHECK(x.serves("S10000"));
  SUBCASE("Bruin is silent then") {
    x.says["S10000"] = said(outcome::unresolved);
    x.refresh(13 * 60 * minute);
    CHECK_FALSE(x.serves("S10000"));
  }
  SUBCASE("Bruin says yes then, and is silent later") {
    x.says["S10000"] = back;
    x.refresh(13 * 60 * minute);
    x.says["S10000"] = said(outcome::unresolved);
    x.refresh(13 * 60 * minute);
    CHECK(x.serves("S10000"));
  }
}

TEST_CASE("with max-stale 0 a device that Bruin is silent about is out") {
  fleet x{2};
  x.rules.max_stale = 0s;
  x.refresh();
  x.all_say(0, 1, said(outcome::client_info_failed));
  const auto built = x.refresh(minute);
  CHECK(built.next->size() == 1);
  CHECK(built.counts[outcome::client_info_failed] == 1);
}

TEST_CASE("a device that was never served, and of which Bruin is silent, is out") {
  fleet x{1};
  x.all_say(0, 1, said(outcome::management_status_failed, R"({"client_id":1})"));
  const auto built = x.refresh();
  CHECK(built.next->size() == 0);
  CHECK(built.counts[outcome::management_status_failed] == 1);
  CHECK(built.next->kept().empty());
}

TEST_CASE("who comes back with an old record, Bruin being silent, does so only within max-stale") {
  for (const bool in_time : {true, false}) {
    fleet x{2};
    x.refresh();
    x.forget(0, 1);
    x.refresh(minute);
    x.refresh(10 * minute);
    CHECK_FALSE(x.serves("S10000"));
    x.says["S10000"] = said(outcome::unresolved);
    x.refresh((in_time ? 20 : 30) * 60 * minute);
    CHECK(x.serves("S10000") == in_time);
  }
}

TEST_CASE("where the status call fails the device is served with the client just named") {
  fleet x{2};
  x.refresh();
  x.says["S10000"] = said(outcome::management_status_failed, R"({"client_id":99})");
  const auto built = x.refresh(minute);
  CHECK(x.record("S10000")["bruin_client_info"]["client_id"] == 99);
  CHECK(built.counts[outcome::carried_over] == 1);
  // And later with that one, also where Bruin is silent at all.
  x.says["S10000"] = said(outcome::unresolved);
  x.refresh(minute);
  CHECK(x.record("S10000")["bruin_client_info"]["client_id"] == 99);
}

TEST_CASE("a record whose status is not monitored any more is out, as if Bruin had just said so") {
  fleet x{30};
  x.rules.monitored_statuses = {"Pending", "Gold"};
  x.all_say(0, 2, monitored(1, "Gold"));
  x.all_say(10, 20, monitored(1, "Gold"));
  x.refresh();
  x.rules.monitored_statuses = {"Pending"};
  SUBCASE("few: at once") {
    x.all_say(10, 20, monitored(1));
    x.refresh(minute);
    x.all_say(0, 2, said(outcome::unresolved));
    x.rules.monitored_statuses = {"Pending"};
    const auto built = x.refresh(minute);
    CHECK(built.next->size() == 28);
    CHECK(built.counts[outcome::not_monitored] == 2);
  }
  SUBCASE("many: confirmed") {
    x.all_say(10, 20, said(outcome::unresolved));
    x.all_say(0, 2, said(outcome::client_info_failed));
    CHECK(x.refresh(minute).removed.by_reason[outcome::not_monitored] == 12);
    CHECK(x.current->size() == 30);
    CHECK(x.refresh(10 * minute).next->size() == 18);
  }
}

TEST_CASE("an answer to an older question changes nothing that was said since") {
  fleet x{1};
  x.refresh();
  x.says["S10000"] = monitored(50);
  x.says["S10000"].asked = x.says["S10000"].client_asked = start + 100 * minute;
  x.refresh(90 * minute);
  SUBCASE("an older no") {
    x.says["S10000"] = said(outcome::no_customer);
    x.refresh(minute);
    CHECK(x.serves("S10000"));
  }
  SUBCASE("an older client") {
    x.says["S10000"] = monitored(51);
    x.refresh(minute);
    CHECK(x.record("S10000")["bruin_client_info"]["client_id"] == 50);
  }
}

TEST_CASE("the customers that would lose most are named, with how many of how many") {
  fleet x{100};
  x.refresh();
  for (int i = 0; i < 100; ++i)
    if (i % 10 == 3 || (i % 10 == 4 && i < 40))
      x.says[name_of(i)] = said(outcome::no_customer);
  x.forget(5, 6);
  const auto built = x.refresh(minute);
  REQUIRE(built.removed.customers.size() == 3);
  const auto& most = built.removed.customers[0];
  CHECK(most.client_id == "3");
  CHECK(most.name == "CLIENT 3");
  CHECK(most.waiting == 10);
  CHECK(most.served == 10);
  CHECK(built.removed.customers[1].waiting == 4);
  CHECK(built.removed.customers[2].waiting == 1);
  CHECK(built.removed.served == 100);
  const auto text = removals_text(built.removed);
  CHECK(text.find("15 of 100 devices") != std::string::npos);
  CHECK(text.find("no_customer 14") != std::string::npos);
  CHECK(text.find("not_listed 1") != std::string::npos);
  CHECK(text.find("CLIENT 4 (4): 4 of 10") != std::string::npos);
}

TEST_CASE(
    "people learn which serials are ambiguous and what failed, also where a record stood in") {
  fleet x{2};
  x.refresh();
  x.says["S10000"].clients = {"1", "2"};
  x.says["S10001"] = said(outcome::client_info_failed, "", "no reply");
  const auto built = x.refresh(minute);
  CHECK(built.ambiguous == std::vector<ambiguous_serial>{{"S10000", {"1", "2"}}});
  CHECK(built.failures.find("no reply") != std::string::npos);
}

TEST_CASE("all that is served may leave, once that is true") {
  fleet x{5};
  x.refresh();
  x.forget(0, 5);
  CHECK(x.refresh(minute).next->size() == 5);
  CHECK(x.refresh(10 * minute).next->size() == 0);
  CHECK(x.current->kept().size() == 5);
}

} // namespace
} // namespace hawkeye
