#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/history/refresh_report.hpp"

using namespace hawkeye;
using nlohmann::json;

namespace {

/// A refresh that changed as much as can be named, with serial numbers of that length.
refresh_report great_change(std::size_t length) {
  refresh_report x;
  x.version = 7;
  x.devices = 500;
  x.changes.gained.count = x.changes.lost.count = x.changes.moved_count = 500;
  x.changes.gained.by_reason["new"] = 500;
  x.changes.lost.by_reason["gone"] = 500;
  for (std::size_t i = 0; i < max_named_changes; ++i) {
    const auto serial = std::string(length, 'S') + std::to_string(i);
    x.changes.gained.first.push_back({serial, "new"});
    x.changes.lost.first.push_back({serial, "gone"});
    x.changes.first_moved.push_back({serial, "1", "2"});
  }
  return x;
}

} // namespace

TEST_CASE("a report tells what came, went and moved, by reason and by name, and how long it took") {
  auto x = great_change(12);
  x.trigger = refresh_trigger::device;
  x.serial_number = "S1";
  x.fetching = 1s, x.resolving = 20s, x.building = 300ms, x.publishing = 4ms;
  x.counts[outcome::monitored] = 500;
  const auto report = json::parse(write_report(x));
  CHECK(report["version"] == 7);
  CHECK(report["trigger"] == "device");
  CHECK(report["serial_number"] == "S1");
  CHECK(report["duration_ms"]
        == json{
            {"total", 21304}, {"fetch", 1000}, {"resolve", 20000}, {"build", 300}, {"publish", 4}});
  CHECK(report["outcomes"]["monitored"] == 500);
  CHECK(report["outcomes"].size() == outcome_count);
  CHECK(report["gained"]["by_reason"] == json{{"new", 500}});
  CHECK(report["lost"]["devices"].size() == max_named_changes);
  CHECK(report["moved"]["devices"][0]
        == json{{"serial_number", "SSSSSSSSSSSS0"}, {"from", 1}, {"to", 2}});
}

TEST_CASE("a device stays with its client, however Bruin wrote the field's name") {
  CHECK(client_id_of(R"({"client_name":"x","client_id":7})") == "7");
  CHECK(client_id_of(R"({"client\u005fid":7})") == "7");
  CHECK(client_id_of(R"({"client_name":"client_id"})") == "null");
}

TEST_CASE("a report is never longer than its bound: the names go first, the counts stay") {
  const auto long_names = write_report(great_change(10'000));
  CHECK(long_names.size() <= max_report_bytes);
  const auto report = json::parse(long_names);
  CHECK(report["gained"]["count"] == 500);
  CHECK(report["gained"]["devices"].empty());
  CHECK(report["lost"]["by_reason"] == json{{"gone", 500}});
  CHECK(report["moved"]["count"] == 500);
  auto long_request = great_change(1);
  long_request.serial_number = std::string(100'000, '\n');
  CHECK(write_report(long_request).size() <= max_report_bytes);
  CHECK(json::parse(write_report(long_request))["gained"]["devices"].size() == max_named_changes);
}

TEST_CASE("the history is valid JSON of at most so many bytes, whatever stands in Redis") {
  const std::vector<std::string> reports{
      R"({"version":3})", "garbage",         "", "[1]", "{\"a\":\xff}",
      R"({"version":2})", R"({"version":1})"};
  const json all{{{"version", 3}}, {{"version", 2}}, {{"version", 1}}};
  CHECK(json::parse(write_history(reports, 1000)) == all);
  const auto size = write_history(reports, 1000).size();
  CHECK(json::parse(write_history(reports, size)) == all);
  CHECK(json::parse(write_history(reports, size - 1)) == json{{{"version", 3}}, {{"version", 2}}});
  CHECK(json::parse(write_history(reports, 0)) == json::array());
}
