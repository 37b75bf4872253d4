#include <limits>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/history/explanations.hpp"
#include "messages/history/snapshot_changes.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

using namespace hawkeye;
using nlohmann::json;

namespace {

constexpr timestamp first_time{1'600'000'000, 0}, second_time{1'600'014'400, 0};

/// A refresh on its way into a explanations: devices by serial number.
class refresh {
public:
  void add(const std::string& serial, outcome why, resolution said = {}) {
    const auto text = texts_.append(R"({"serialNumber":")" + serial + R"(","odd":[1,{"a":null}]})");
    probes_.probes.push_back({serial, "2020-01-01", {}, "", text});
    said.why = why;
    resolutions_.push_back(std::move(said));
    outcomes_.push_back(why);
  }
  void discard(const std::string& serial, outcome why, const std::string& reason) {
    probes_.discarded.push_back({serial, why, reason, texts_.append(R"({"serialNumber":1})")});
  }
  /// The device is carried over, as the snapshot has it.
  void carry(const std::string& serial, timestamp since, const std::string& client) {
    auto state = state_as_of(to_asked(since));
    state.listing.yes += 1;
    served_.push_back(
        {serial, {}, device_json(serial, "2020-01-01", client, R"("probe_id":"1")"), state});
  }
  device_explanations_ptr explanations(std::uint64_t version, timestamp now,
                                       const device_explanations_ptr& previous = nullptr,
                                       bool whole = true) {
    probes_.texts = texts_.finish();
    meta_.version = version;
    const snapshot next{meta_, served_};
    std::optional<std::vector<std::string>> about;
    if (!whole)
      about.emplace();
    return write_explanations({probes_, resolutions_, outcomes_, next, now, about}, previous);
  }

private:
  probe_list probes_;
  resolution_list resolutions_;
  std::vector<outcome> outcomes_;
  snapshot_meta meta_;
  std::vector<device> served_;
  compressed_archive_writer texts_;
};

json record(const device_explanations_ptr& of, const std::string& serial) {
  const auto found = of->find(serial);
  return found ? json::parse(*found) : json{};
}

device_explanations_ptr of_one(const std::string& serial, outcome why, std::uint64_t version,
                               timestamp now, const device_explanations_ptr& previous = nullptr) {
  refresh x;
  x.add(serial, why);
  return x.explanations(version, now, previous);
}

} // namespace

TEST_CASE("of every device it is known why it is in or out, and on what grounds") {
  refresh x;
  x.add("IN", outcome::monitored, {{}, R"({"client_id":7,"client_name":"A"})", {}, "Pending"});
  x.add("TWO", outcome::not_monitored, {{}, R"({"client_id":7})", {"7", "8"}, "Cancelled"});
  x.add("SILENT", outcome::client_info_failed,
        {{}, "", {}, "no reply", {{first_time, "client_info", "no reply in time"}}});
  x.discard("NEVER", outcome::never_contacted, "");
  x.discard("ODD", outcome::malformed, "uid is an object");
  const auto explanations = x.explanations(3, second_time);
  const auto in = record(explanations, "IN");
  CHECK(in["outcome"] == "monitored");
  CHECK(in["served"] == true);
  CHECK(in["client"] == json{{"client_id", 7}, {"client_name", "A"}});
  CHECK(in["management_status"] == "Pending");
  CHECK(in["probe"] == json{{"serialNumber", "IN"}, {"odd", {1, {{"a", nullptr}}}}});
  CHECK(in["last_seen"] == json{{"version", 3}, {"at", "2020-09-13T16:26:40Z"}});
  CHECK(in["outcome_before"] == nullptr);
  const auto two = record(explanations, "TWO");
  CHECK(two["client_ids"] == json{7, 8});
  CHECK(two["management_status"] == "Cancelled");
  CHECK(two["served"] == false);
  CHECK(record(explanations, "SILENT")["errors"]
        == json{{{"at", "2020-09-13T12:26:40Z"},
                 {"question", "client_info"},
                 {"error", "no reply in time"}}});
  CHECK(record(explanations, "NEVER")["outcome"] == "never_contacted");
  CHECK(record(explanations, "ODD")["reason"] == "uid is an object");
  CHECK(record(explanations, "UNHEARD") == nullptr);
}

TEST_CASE("what others sent at great length is shown cut, and the record stays JSON") {
  const auto client = R"({"client_id":7,"client_name":")" + std::string(100'000, 'x') + "\"}";
  refresh x;
  x.add("A", outcome::monitored, {{}, client, {}, "Pending"});
  const auto record_of_a = record(x.explanations(1, first_time), "A");
  REQUIRE(record_of_a["client"].is_string());
  CHECK(record_of_a["client"].get<std::string>().size() < 5'000);
}

TEST_CASE("since when is the first refresh with this outcome, not the last one") {
  const auto first = of_one("A", outcome::monitored, 1, first_time);
  const auto same = of_one("A", outcome::monitored, 2, second_time, first);
  CHECK(record(same, "A")["since"] == "2020-09-13T12:26:40Z");
  const auto other = of_one("A", outcome::no_customer, 2, second_time, first);
  CHECK(record(other, "A")["since"] == "2020-09-13T16:26:40Z");
}

TEST_CASE("a carried device says since when Bruin is silent about it, and what it said last") {
  refresh before, x;
  before.add("A", outcome::monitored, {{}, R"({"client_id":7})", {}, "Pending"});
  x.add("A", outcome::carried_over);
  x.carry("A", first_time, R"({"client_id":7,"client_name":"N"})");
  const auto carried =
      record(x.explanations(2, second_time, before.explanations(1, first_time)), "A");
  CHECK(carried["served"] == true);
  CHECK(carried["carried_over_since"] == "2020-09-13T12:26:40Z");
  CHECK(carried["client"] == json{{"client_id", 7}, {"client_name", "N"}});
  CHECK(carried["management_status"] == "Pending");
}

TEST_CASE("carried over twice, a device still says what Bruin said last") {
  refresh first, second, third;
  first.add("A", outcome::monitored, {{}, R"({"client_id":7})", {}, R"(Active "x")"});
  auto explanations = first.explanations(1, first_time);
  for (auto* next : {&second, &third}) {
    next->add("A", outcome::carried_over);
    next->carry("A", first_time, R"({"client_id":7})");
    explanations = next->explanations(explanations->version() + 1, second_time, explanations);
  }
  CHECK(record(explanations, "A")["management_status"] == R"(Active "x")");
}

TEST_CASE("a device that has gone is explained for a week, and then forgotten") {
  const auto first = of_one("OLD", outcome::monitored, 1, first_time);
  const auto second = of_one("NEW", outcome::monitored, 2, second_time, first);
  const auto gone = record(second, "OLD");
  CHECK(gone["served"] == false);
  CHECK(gone["outcome"] == "gone");
  CHECK(gone["rule"] == "out: Hawkeye does not list it any more");
  CHECK(gone["since"] == "2020-09-13T16:26:40Z");
  CHECK(gone["outcome_before"] == "monitored");
  CHECK(gone["last_seen"]["version"] == 1);
  CHECK(gone["probe"]["serialNumber"] == "OLD");
  const timestamp within{second_time.seconds + 6 * 86'400, 0},
      after{second_time.seconds + 8 * 86'400, 0};
  const auto third = of_one("NEW", outcome::monitored, 3, within, second);
  CHECK(record(third, "OLD")["since"] == "2020-09-13T16:26:40Z");
  CHECK(record(of_one("NEW", outcome::monitored, 4, after, third), "OLD") == nullptr);
}

TEST_CASE("a device that comes back is in since it came back") {
  const auto first = of_one("A", outcome::monitored, 1, first_time);
  const auto without = of_one("B", outcome::monitored, 2, second_time, first);
  const auto back =
      record(of_one("A", outcome::monitored, 3, {second_time.seconds + 1, 0}, without), "A");
  CHECK(back["outcome"] == "monitored");
  CHECK(back["outcome_before"] == nullptr);
  CHECK(back["since"] == "2020-09-13T16:26:41Z");
}

TEST_CASE("a refresh of one device leaves what is known of the others") {
  refresh all;
  all.add("A", outcome::monitored), all.add("B", outcome::monitored);
  const auto first = all.explanations(1, first_time);
  refresh one;
  one.add("B", outcome::no_customer);
  const auto second = one.explanations(2, second_time, first, false);
  CHECK(record(second, "A")["last_seen"]["version"] == 1);
  CHECK(record(second, "A")["outcome"] == "monitored");
  CHECK(record(second, "B")["outcome"] == "no_customer");
}

TEST_CASE("records that partial refreshes replace do not pile up") {
  constexpr int devices = 2'000;
  refresh all;
  for (int i = 0; i < devices; ++i)
    all.add("S" + std::to_string(i), outcome::monitored);
  auto known = all.explanations(1, first_time);
  const auto first = known->records()->blocks().size();
  for (std::uint64_t version = 2; version < 60; ++version) {
    refresh some;
    for (int i = 0; i < devices / 3; ++i)
      some.add("S" + std::to_string(i), outcome::monitored);
    known = some.explanations(version, second_time, known, false);
    CHECK(known->records()->blocks().size() < 4 * first + 8);
  }
  for (const auto* const serial : {"S0", "S1999"})
    CHECK(record(known, serial)["serial_number"] == serial);
  CHECK(record(known, "S0")["last_seen"]["version"] == 59);
  CHECK(record(known, "S1999")["last_seen"]["version"] == 1);
}

TEST_CASE("a journal of thousands comes back from its stored form as it was") {
  refresh x;
  for (int i = 0; i < 5000; ++i)
    x.add("S" + std::to_string(i), i % 3 == 0 ? outcome::no_customer : outcome::monitored);
  const auto explanations = x.explanations(42, first_time);
  const auto stored = store_explanations(*explanations);
  CHECK(stored.size() < 5000 * 100);
  CHECK(read_version(stored.substr(0, 64)) == 42);
  const auto back = read_explanations(stored);
  REQUIRE(back.has_value());
  for (int i = 0; i < 5000; i += 7) {
    const auto serial = "S" + std::to_string(i);
    CHECK((*back)->find(serial) == explanations->find(serial));
  }
}

TEST_CASE("of a stored journal that is broken in any place nothing is used") {
  const auto stored = store_explanations(*of_one("A", outcome::monitored, 1, first_time));
  REQUIRE(read_explanations(stored).has_value());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    CHECK_FALSE(read_explanations(stored.substr(0, i)).has_value());
    auto wrong = stored;
    wrong[i] = static_cast<char>(wrong[i] ^ 0x55);
    CHECK_FALSE(read_explanations(wrong).has_value());
  }
  CHECK_FALSE(read_explanations("").has_value());
}

TEST_CASE("of a stored record that is no JSON nothing is told") {
  const std::string breaks_out = "A\"";
  refresh x;
  x.add(breaks_out, outcome::monitored);
  const auto back = read_explanations(store_explanations(*x.explanations(1, first_time)));
  REQUIRE(back.has_value());
  CHECK_FALSE((*back)->find(breaks_out));
}

TEST_CASE("a stored journal with a time that nobody can write is not used") {
  constexpr auto latest = std::numeric_limits<std::int64_t>::max();
  CHECK_FALSE(read_explanations(
                  store_explanations(*of_one("A", outcome::monitored, 1, timestamp{latest, 0})))
                  .has_value());
}

// -- changes -------------------------------------------------------------------------------------

namespace {

snapshot_ptr serving(const std::vector<std::pair<std::string, int>>& clients) {
  std::vector<device> devices;
  for (const auto& [serial, client] : clients)
    devices.push_back(
        {serial,
         {},
         device_json(serial, "2020-01-01",
                     R"({"client_name":"x","client_id":)" + std::to_string(client) + "}",
                     R"("probe_id":"1")")});
  return std::make_shared<const snapshot>(snapshot_meta{}, std::move(devices));
}

} // namespace

TEST_CASE("what a publish changed is counted by reason and named") {
  refresh before, after;
  before.add("LEFT", outcome::monitored), before.add("OFF", outcome::monitored);
  before.add("BACK", outcome::no_customer);
  const auto explanations_before = before.explanations(1, first_time);
  after.add("OFF", outcome::not_monitored), after.add("BACK", outcome::monitored);
  const auto explanations_after = after.explanations(2, second_time, explanations_before);
  const auto changes = find_changes(serving({{"LEFT", 1}, {"OFF", 1}, {"MOVED", 1}, {"SAME", 1}}),
                                    serving({{"BACK", 1}, {"NEW", 1}, {"MOVED", 2}, {"SAME", 1}}),
                                    explanations_before, explanations_after);
  CHECK(changes.gained.count == 2);
  CHECK(changes.gained.by_reason.at("new") == 1);
  CHECK(changes.gained.by_reason.at("no_customer") == 1);
  CHECK(changes.lost.count == 2);
  CHECK(changes.lost.by_reason.at("gone") == 1);
  CHECK(changes.lost.by_reason.at("not_monitored") == 1);
  CHECK(changes.lost.first.at(0).serial_number == "LEFT");
  REQUIRE(changes.moved_count == 1);
  CHECK(changes.first_moved[0].serial_number == "MOVED");
  CHECK(changes.first_moved[0].from == "1");
  CHECK(changes.first_moved[0].to == "2");
}

TEST_CASE("of a great change all are counted, and the first named") {
  std::vector<std::pair<std::string, int>> many;
  for (int i = 0; i < 500; ++i)
    many.emplace_back("S" + std::to_string(1000 + i), 1);
  const auto changes = find_changes(nullptr, serving(many), nullptr, nullptr);
  CHECK(changes.gained.count == 500);
  REQUIRE(changes.gained.first.size() == max_named_changes);
  CHECK(changes.gained.first.front().serial_number == "S1000");
  CHECK(changes.gained.first.back().serial_number == "S1099");
}
