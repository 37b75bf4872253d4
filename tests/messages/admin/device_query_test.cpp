// The device table as operators page through it: what is asked, found, sorted and shown.
#include "messages/admin/device_query.hpp"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/base/json.hpp"

namespace hawkeye {
namespace {

using nlohmann::json;
using parameters = std::multimap<std::string, std::string>;

device made(std::string serial, std::int64_t contact, std::string client,
            std::string attributes = R"("probe_id":"1","probe_uid":"u","probe_group":"FIS")"
                                     R"(,"device_type_name":"xr_pi")") {
  auto text = device_json(serial, to_string(timestamp{contact, 0}), client, attributes);
  return {std::move(serial), {contact, 0}, std::move(text)};
}

std::string client(std::string_view id, std::string_view name) {
  return R"({"client_id":)" + std::string{id} + R"(,"client_name":)" + std::string{name} + '}';
}

snapshot small() {
  snapshot_meta meta;
  meta.version = 7;
  std::vector<device> devices;
  devices.push_back(made("A1", 50, client("9", "\"METTEL/NEW YORK\"")));
  devices.push_back(made("B2", 40, client("10", R"("Caf\u00e9 \"Noir\"")")));
  devices.back().state = state_as_of(1'600'000'000'000'000);
  devices.back().state.listing.yes += 1; // a list that Bruin did not answer about
  devices.push_back(made("C3", 30, client("100", "null"), R"("probe_id":27,"probe_group":null)"));
  devices.push_back(made("D4", 20, client("\"x7\"", "\"apple\"")));
  return {std::move(meta), std::move(devices)};
}

json page(const snapshot& from, const parameters& with) {
  const auto asked = read_device_query(with);
  REQUIRE_MESSAGE(asked.has_value(), asked.error().reason);
  return json::parse(write_device_page(from, *asked));
}

std::string serials(const json& page) {
  std::string result;
  for (const auto& one : page["devices"])
    result += one["serial_number"].get<std::string>() + ' ';
  return result;
}

TEST_CASE("without parameters the table begins with the latest contact, fifty to a page") {
  const auto x = page(small(), {});
  CHECK(serials(x) == "A1 B2 C3 D4 ");
  CHECK(x["version"] == 7);
  CHECK(x["total"] == 4);
  CHECK(x["matched"] == 4);
  CHECK(x["page"] == 1);
  CHECK(x["pages"] == 1);
  CHECK(x["size"] == 50);
  CHECK(x["devices"][1]
        == json{{"serial_number", "B2"},
                {"last_contact", "1970-01-01T00:00:40Z"},
                {"client_name", "Café \"Noir\""},
                {"client_id", "10"},
                {"probe_group", "FIS"},
                {"device_type_name", "xr_pi"},
                {"probe_id", "1"},
                {"probe_uid", "u"},
                {"outcome", "carried_over"},
                {"carried_over_since", "2020-09-13T12:26:40Z"}});
  CHECK(x["devices"][2]["probe_id"] == "27");
  CHECK(x["devices"][2]["client_name"].is_null());
  CHECK(x["devices"][2]["probe_uid"].is_null());
  CHECK(x["devices"][2]["carried_over_since"].is_null());
}

TEST_CASE("every column sorts both ways: numbers by size, missing values last") {
  const std::vector<std::pair<parameters, std::string>> cases{
      {{{"sort", "serial_number"}}, "A1 B2 C3 D4 "},
      {{{"sort", "serial_number"}, {"order", "desc"}}, "D4 C3 B2 A1 "},
      {{{"sort", "last_contact"}}, "A1 B2 C3 D4 "},
      {{{"sort", "last_contact"}, {"order", "asc"}}, "D4 C3 B2 A1 "},
      {{{"sort", "client_name"}}, "D4 B2 A1 C3 "},
      {{{"sort", "client_name"}, {"order", "desc"}}, "A1 B2 D4 C3 "},
      {{{"sort", "client_id"}}, "A1 B2 C3 D4 "},
      {{{"sort", "client_id"}, {"order", "desc"}}, "D4 C3 B2 A1 "},
      {{{"sort", "probe_group"}}, "A1 B2 D4 C3 "},
      {{{"sort", "device_type_name"}, {"order", "desc"}}, "A1 B2 D4 C3 "}};
  for (const auto& [with, expected] : cases)
    CHECK_MESSAGE(serials(page(small(), with)) == expected, with.begin()->second);
}

TEST_CASE("a search finds a part of any column, in either case, also behind an escape") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"new york", "A1 "}, {"APPLE", "D4 "},   {"café \"n", "B2 "},  {"b2", "B2 "},
      {"x7", "D4 "},       {"100", "C3 "},     {"xr_", "A1 B2 D4 "}, {"null", ""},
      {"client_id", ""},   {"00:00:3", "C3 "}, {"\"", "B2 "},        {"nothing", ""}};
  for (const auto& [search, expected] : cases)
    CHECK_MESSAGE(serials(page(small(), {{"search", search}})) == expected, search);
  const auto none = page(small(), {{"search", "nothing"}});
  CHECK(none["matched"] == 0);
  CHECK(none["pages"] == 0);
  CHECK(none["total"] == 4);
}

TEST_CASE("a client whose fields Bruin named with escapes is found and sorted like any other") {
  std::vector<device> devices;
  devices.push_back(made("A1", 50, R"({"client\u005fid":12,"client\u005fname":"METTEL"})"));
  devices.push_back(made("B2", 40, client("9", "\"other\"")));
  const snapshot from{{}, std::move(devices)};
  CHECK(serials(page(from, {{"search", "mettel"}})) == "A1 ");
  CHECK(serials(page(from, {{"sort", "client_id"}, {"order", "asc"}})) == "B2 A1 ");
}

TEST_CASE("the pages of any size are together the whole table, each device once") {
  std::vector<device> devices;
  std::mt19937_64 random{1};
  for (int i = 0; i < 137; ++i)
    devices.push_back(made("S" + std::to_string(i), static_cast<std::int64_t>(random() % 20),
                           client(std::to_string(random() % 5), "\"same\"")));
  const snapshot x{{}, std::move(devices)};
  for (const char* column : {"last_contact", "client_id", "client_name", "device_type_name"})
    for (const char* size : {"1", "10", "137", "200"}) {
      std::vector<json> all;
      const parameters with{{"sort", column}, {"size", size}};
      const auto pages = page(x, with)["pages"].get<int>();
      for (int i = 1; i <= pages; ++i) {
        auto one = with;
        one.emplace("page", std::to_string(i));
        const auto part = page(x, one);
        for (const auto& device : part["devices"])
          all.push_back(device["serial_number"]);
      }
      CHECK(all.size() == 137);
      std::sort(all.begin(), all.end());
      CHECK(std::unique(all.begin(), all.end()) == all.end());
    }
  CHECK(page(x, {{"page", "1000000"}})["devices"].empty());
}

TEST_CASE("a wrong parameter is named, with what would be right") {
  const std::vector<std::pair<parameters, std::string>> cases{
      {{{"page", "0"}}, "page"},
      {{{"page", "1000001"}}, "page"},
      {{{"page", "-1"}}, "page"},
      {{{"page", "1 "}}, "page"},
      {{{"page", ""}}, "page"},
      {{{"page", "99999999999999999999999"}}, "page"},
      {{{"size", "201"}}, "200"},
      {{{"size", "many"}}, "size"},
      {{{"sort", "uptime"}}, "client_name"},
      {{{"order", "up"}}, "asc"},
      {{{"search", std::string(201, 'x')}}, "200 bytes"},
      {{{"search", "\xFF"}}, "UTF-8"},
      {{{"size", "10"}, {"size", "20"}}, "more than once"},
      {{{"<script>", "1"}}, "no parameter"},
      {{{std::string(5000, 'x'), "1"}}, "no parameter"}};
  for (const auto& [with, expected] : cases) {
    const auto read = read_device_query(with);
    REQUIRE(!read.has_value());
    const auto& reason = read.error().reason;
    CHECK_MESSAGE(reason.find(expected) != std::string::npos, reason);
    CHECK(reason.size() < 300);
  }
}

TEST_CASE("whatever stands in a snapshot, the page is valid JSON of bounded size") {
  std::vector<device> devices;
  const std::string hostile = "<script>\xE2\x80\xAE\"\\\n" + std::string(10'000, 'x');
  std::string literal;
  append_json_string(literal, hostile);
  devices.push_back(made(hostile, 9, client("9", literal), R"("probe_id":)" + literal));
  devices.push_back(made("list", 8, R"([1,{"client_id":2}])"));
  devices.push_back(made("object", 7, client("{\"a\":[1,2]}", "true")));
  devices.push_back({"bare", {6, 0}, R"({ "last_contact" : "x", "serial_number":"bare" })"});
  const snapshot x{{}, std::move(devices)};
  const auto text = write_device_page(x, {});
  CHECK(is_valid_json(text));
  CHECK(text.size() < 12'000);
  const auto read = json::parse(text);
  CHECK(read["devices"][0]["serial_number"] == hostile); // whole: it is asked for by this name
  CHECK(read["devices"][0]["client_name"].get<std::string>().size() < 250);
  CHECK(read["devices"][2]["client_id"] == R"({"a":[1,2]})");
  CHECK(serials(page(x, {{"search", "<SCRIPT>"}})).starts_with("<script>"));
  CHECK(serials(page(x, {{"sort", "client_id"}})).starts_with("<script>"));
}

} // namespace
} // namespace hawkeye
