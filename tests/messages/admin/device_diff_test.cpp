// Two lists of devices are compared by what they mean to a client, and everything that differs is
// counted and named.
#include "messages/admin/device_diff.hpp"

#include <doctest/doctest.h>

namespace hawkeye {
namespace {

using nlohmann::json;

device_table table(const char* text) {
  return read_device_table(json::parse(text));
}

device_diff diff(const char* here, const char* there, const std::set<std::string>& ignored = {}) {
  return compare_devices(table(here), table(there), ignored);
}

} // namespace

TEST_CASE("what means the same is equal, however it is written") {
  const std::pair<const char*, const char*> rows[] = {
      {"[]", " [ ] "},
      {R"([{"serial_number":"A"},{"serial_number":"B"}])",
       R"([ {"serial_number": "B"}, {"serial_number": "A"} ])"},
      {R"([{"serial_number":"A","probe_id":"1","probe_group":null}])",
       R"([{"probe_id":"1","serial_number":"A"}])"},
      {R"([{"serial_number":"A","bruin_client_info":{"client_id":1,"site_id":null}}])",
       R"([{"serial_number":"A","bruin_client_info":{"client_id":1}}])"},
      {R"([{"serial_number":"A","bruin_client_info":{"client_id":1,"x":[{"a":1,"b":2}]}}])",
       R"([{"serial_number":"A","bruin_client_info":{"x":[{"b":2,"a":1.0}],"client_id":1}}])"},
      {R"([{"serial_number":"A","last_contact":"2020-08-27T02:23:59Z"}])",
       R"([{"serial_number":"A","last_contact":"2020-08-27 04:23:59.000+02:00"}])"},
      {R"([{"serial_number":"A","probe_group":"\u00e4"}])",
       R"([{"serial_number":"A","probe_group":"ä"}])"},
  };
  for (const auto& [here, there] : rows) {
    CAPTURE(here);
    CHECK(diff(here, there).equal());
    CHECK(diff(there, here).equal());
  }
}

TEST_CASE("each field with another meaning is named with both values") {
  const auto x = diff(
      R"([{"serial_number":"A","last_contact":"2020-01-01T00:00:00Z","probe_id":"1",
           "bruin_client_info":{"client_id":1,"client_name":"ä"}},
          {"serial_number":"B","bruin_client_info":{"client_id":1}}])",
      R"([{"serial_number":"A","last_contact":"2020-01-01T00:00:01Z","probe_id":1,
           "bruin_client_info":{"client_id":1,"client_name":"b"}},
          {"serial_number":"B","bruin_client_info":null}])");
  CHECK(!x.equal());
  CHECK(x.differ == 2);
  CHECK(x.by_field
        == std::map<std::string, std::uint64_t>{{"bruin_client_info", 1},
                                                {"bruin_client_info.client_name", 1},
                                                {"last_contact", 1},
                                                {"probe_id", 1}});
  REQUIRE(x.first.size() == 2);
  CHECK(x.first[0].serial_number == "A");
  CHECK(x.first[0].fields[0].field == "bruin_client_info.client_name");
  CHECK(x.first[0].fields[0].here == "ä");
  CHECK(x.first[0].fields[0].there == "b");
  CHECK(x.first[1].fields[0].there == nullptr);
}

TEST_CASE("a contact that is no moment is compared as it is") {
  const char* a = R"([{"serial_number":"A","last_contact":"never"}])";
  CHECK(diff(a, a).equal());
  CHECK(!diff(a, R"([{"serial_number":"A","last_contact":"2020-01-01"}])").equal());
  CHECK(!diff(a, R"([{"serial_number":"A"}])").equal());
}

TEST_CASE("fields that may differ are not looked at, nor what stands in them") {
  const char* a = R"([{"serial_number":"A","last_contact":"1","bruin_client_info":{"x":1,"y":1}}])";
  const char* b = R"([{"serial_number":"A","last_contact":"2","bruin_client_info":{"x":2,"y":1}}])";
  CHECK(diff(a, b, {"last_contact"}).by_field.size() == 1);
  CHECK(diff(a, b, {"last_contact", "bruin_client_info.x"}).equal());
  CHECK(diff(a, b, {"last_contact", "bruin_client_info"}).equal());
}

TEST_CASE("a field that no device has cannot be meant") {
  const char* a = R"([{"serial_number":"A","last_contact":"1","bruin_client_info":{"x":1}}])";
  const char* b = R"([{"serial_number":"B","bruin_client_info":null,"probe_id":"27"}])";
  const std::set<std::string> fields{"last_contact", "bruin_client_info.x", "probe_id",
                                     "last_contakt", "bruin_client_info.y", "probe_id.x"};
  CHECK(missing_fields(fields, table(a), table(b))
        == std::vector<std::string>{"bruin_client_info.y", "last_contakt", "probe_id.x"});
}

TEST_CASE("devices of one side alone are named, and at most a hundred of them") {
  auto many = json::array();
  for (int i = 0; i < 1000; ++i)
    many.push_back({{"serial_number", std::to_string(10'000 + i)}});
  const auto none = read_device_table(json::array());
  const auto all = read_device_table(many);
  const auto gone = compare_devices(none, all);
  CHECK(gone.only_there.count == 1000);
  CHECK(gone.only_there.first.size() == max_named_differences);
  CHECK(gone.only_there.first.front() == "10000");
  CHECK(compare_devices(all, none).only_here.count == 1000);
  CHECK(compare_devices(all, all).equal());
  for (auto& device : many)
    device["probe_id"] = "other";
  const auto changed = compare_devices(all, read_device_table(many));
  CHECK(changed.differ == 1000);
  CHECK(changed.first.size() == max_named_differences);
}

TEST_CASE("what is no device, and what comes twice, is reported and not compared") {
  const auto x = table(R"([1,null,{},{"serial_number":null},{"serial_number":""},
                           {"serial_number":"A","probe_id":"1"},
                           {"serial_number":"A","probe_id":"2"}])");
  CHECK(x.malformed.count == 5);
  CHECK(x.malformed.first[0] == "entry 0: no object");
  CHECK(x.malformed.first[4] == "entry 4: no text serial_number");
  CHECK(x.duplicates.count == 1);
  CHECK(x.duplicates.first[0] == "A");
  CHECK(x.devices.at("A")["probe_id"] == "1");
}

TEST_CASE("the moments asked for stand in the data, one of them as the monitors write it") {
  const auto here = table(R"([{"serial_number":"A","last_contact":"2020-01-01T00:00:00Z"},
                              {"serial_number":"B","last_contact":"2020-01-02T00:00:00.5Z"},
                              {"serial_number":"C","last_contact":"2020-01-03"},
                              {"serial_number":"D","last_contact":"never"}])");
  const auto there = table(R"([{"serial_number":"E","last_contact":"2020-01-04T00:00:00Z"}])");
  CHECK(filters_to_ask(here, there)
        == std::vector<std::string>{"2020-01-02T00:00:00.500Z", "2020-01-03 00:00:00",
                                    "2020-01-04T00:00:00Z"});
  CHECK(filters_to_ask(there, there) == std::vector<std::string>{"2020-01-04T00:00:00Z"});
  CHECK(filters_to_ask(table("[]"), table("[]")).empty());
}

TEST_CASE("devices that were in contact meanwhile can be told from the others") {
  const auto here = table(R"([{"serial_number":"A","last_contact":"2020-01-01T00:00:00Z"},
                              {"serial_number":"B","last_contact":"2020-01-01"},
                              {"serial_number":"C","last_contact":"2020-01-01"}])");
  const auto there = table(R"([{"serial_number":"A","last_contact":"2020-01-01"},
                               {"serial_number":"B","last_contact":"2020-01-02"}])");
  CHECK(other_contacts(here, there) == std::set<std::string>{"B"});
  CHECK(compare_devices(here, there, {}, {"B", "C"}).equal());
}

} // namespace hawkeye
