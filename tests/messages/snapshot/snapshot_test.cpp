// The finished cache: its order, and that a filter finds what a look at each device would find.
#include "messages/snapshot/snapshot.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace hawkeye {
namespace {

using nlohmann::json;

device device_named(std::string serial, timestamp at) {
  auto text = device_json(serial, to_string(at), "null", R"("probe_id":null)");
  return {std::move(serial), at, std::move(text)};
}

/// Few timestamps among many devices, so that equal ones are common.
std::vector<device> random_devices(std::size_t count, std::mt19937_64& random) {
  std::uniform_int_distribution<std::int64_t> second{0, 20};
  std::uniform_int_distribution<std::int32_t> nanosecond{0, 2};
  std::vector<device> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(device_named("S" + std::to_string(i), {second(random), nanosecond(random)}));
  std::shuffle(result.begin(), result.end(), random);
  return result;
}

TEST_CASE("of repeated members of a device the last counts, for every reader of it") {
  constexpr std::string_view twice =
      R"({"serial_number":"A","serial_number":"B","last_contact":"2020-01-02",)"
      R"("last_contact":"2020-01-01","bruin_client_info":{}})";
  CHECK(read_device(twice)->serial_number == "B");
  CHECK(serial_of(twice) == "B");
  CHECK(last_contact_of(twice) == parse_timestamp("2020-01-01"));
}

TEST_CASE("a device has the promised fields in their order, whatever its names hold") {
  CHECK(device_json("B827EB76A8DE", "2020-08-27T02:23:59",
                    R"({"client_id":9994,"client_name":"METTEL/NEW YORK"})",
                    R"("probe_id":"27","probe_uid":"b8:27","probe_group":"FIS")"
                    R"(,"device_type_name":"xr_pi")")
        == R"({"serial_number":"B827EB76A8DE","last_contact":"2020-08-27T02:23:59")"
           R"(,"bruin_client_info":{"client_id":9994,"client_name":"METTEL/NEW YORK"})"
           R"(,"probe_id":"27","probe_uid":"b8:27","probe_group":"FIS")"
           R"(,"device_type_name":"xr_pi"})");
  const auto hostile = json::parse(device_json("a\"b\\\n", "\xFF", "null", "\"probe_id\":1"));
  CHECK(hostile["serial_number"] == "a\"b\\\n");
  CHECK(hostile["last_contact"] == "\xEF\xBF\xBD");
}

TEST_CASE("devices stand newest contact first, those of one moment by serial number") {
  const snapshot x{{},
                   {device_named("B", {5, 0}), device_named("old", {1, 0}),
                    device_named("A", {5, 0}), device_named("new", {5, 1}),
                    device_named("before 1970", {-5, 0})}};
  std::vector<std::string> serials;
  for (const auto& one : json::parse(x.array()))
    serials.push_back(one["serial_number"]);
  CHECK(serials == std::vector<std::string>{"new", "A", "B", "old", "before 1970"});
}

TEST_CASE("an empty cache is an empty list") {
  const snapshot x{{}, {}};
  CHECK(x.array() == "[]");
  CHECK(x.size() == 0);
  CHECK(x.count_after({}) == 0);
  CHECK(x.count_after(timestamp{}) == 0);
  CHECK(x.first(0).empty());
}

TEST_CASE("a filter answers exactly the devices contacted after it, an equal one is left out") {
  std::mt19937_64 random{11};
  for (const std::size_t count : {1, 2, 3, 10, 200}) {
    const auto devices = random_devices(count, random);
    const snapshot x{{}, devices};
    REQUIRE(x.size() == count);
    CHECK(x.count_after({}) == count);
    for (std::int64_t second = -1; second <= 21; ++second)
      for (std::int32_t nanosecond = 0; nanosecond < 4; ++nanosecond) {
        const timestamp filter{second, nanosecond};
        std::vector<std::string> expected, answered;
        for (const auto& one : devices)
          if (one.last_contact_at > filter)
            expected.push_back(one.serial_number);
        const auto answer = "[" + std::string{x.first(x.count_after(filter))} + "]";
        for (const auto& one : json::parse(answer))
          answered.push_back(one["serial_number"]);
        std::sort(expected.begin(), expected.end());
        std::sort(answered.begin(), answered.end());
        CAPTURE(to_string(filter));
        CHECK(answered == expected);
      }
  }
}

TEST_CASE("each device can be looked at alone, and together they are the array") {
  std::mt19937_64 random{12};
  const auto devices = random_devices(50, random);
  const snapshot x{{}, devices};
  std::string joined;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto one = json::parse(x.at(i));
    CHECK(parse_timestamp(one["last_contact"].get<std::string>()) == x.last_contact(i));
    joined += (i == 0 ? "" : ",") + std::string{x.at(i)};
    CHECK(x.first(i + 1) == joined);
  }
  CHECK(x.array() == "[" + joined + "]");
}

TEST_CASE("a snapshot under another version keeps all else") {
  snapshot_meta meta;
  meta.version = 3;
  meta.built_at = timestamp{7, 0};
  meta.counts[outcome::monitored] = 2;
  const snapshot x{meta,
                   {device_named("A", {5, 0}), device_named("B", {6, 0})},
                   {{"GONE", state_as_of(5), "{}"}}};
  const auto y = x.with_version(9);
  CHECK(x.meta().version == 3);
  CHECK(y.meta().version == 9);
  CHECK(y.meta().built_at == meta.built_at);
  CHECK(y.meta().counts == meta.counts);
  CHECK(y.kept() == x.kept());
  CHECK(y.kept().size() == 1);
  CHECK(y.array() == x.array());
  CHECK(y.count_after(timestamp{5, 0}) == 1);
}

TEST_CASE("of a device in the cache its serial number and its client are found again") {
  struct row {
    std::string serial, client;
  };
  for (const auto& x : std::vector<row>{{"B827EB76A8DE", R"({"client_id":9994})"},
                                        {"a\"b\\\n\xC3\xA4", R"({ "client_id" : [ "x" ] })"},
                                        {"", "null"}}) {
    const auto text = device_json(x.serial, "2020-08-27", x.client, "\"probe_id\":1");
    const auto read = read_device(text);
    REQUIRE(read);
    CHECK(read->serial_number == x.serial);
    CHECK(read->client == x.client);
  }
  const auto other_order = read_device(
      R"( { "bruin_client_info" : {"serial_number":"inner"} , "x":[{}], "serial_number" : "A\u0042" } )");
  REQUIRE(other_order);
  CHECK(other_order->serial_number == "AB");
  CHECK(other_order->client == R"({"serial_number":"inner"})");
  for (const std::string_view bad :
       {"", "[]", "null", "{}", "{", R"({"serial_number":"A"})", R"({"bruin_client_info":{}})",
        R"({"serial_number":7,"bruin_client_info":{}})",
        R"({"serial_number":null,"bruin_client_info":{}})",
        R"({"serial_number":"A","bruin_client_info":{})"}) {
    CAPTURE(bad);
    CHECK_FALSE(read_device(bad));
  }
}

} // namespace
} // namespace hawkeye
