// Hawkeye's list of probes: which of them go on, which do not, and why.
#include "messages/bridges/probe.hpp"

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace hawkeye {
namespace {

expected<probe_list> read(std::string_view text) {
  auto payload = make_payload(text);
  const auto view = payload->view();
  return read_probes({std::move(payload), view});
}

probe_list read_list(std::string_view text) {
  auto result = read(text);
  REQUIRE(result.has_value());
  return *std::move(result);
}

const std::string contact = R"("nodetonode":{"lastUpdate":"2020-11-05T13:57:07Z"})";

std::string probe_json(std::string_view serial, std::string_view last_update) {
  return R"({"serialNumber":")" + std::string{serial} + R"(","nodetonode":{"lastUpdate":")"
         + std::string{last_update} + R"("}})";
}

TEST_CASE("a probe goes on with its serial, its later contact and its attributes as written") {
  const auto list = read_list(R"([{"probeId": "27" , "uid": "b8:27:eb:76:a8:de", "os": ["x", {}],
    "typeName": "xr_pi", "serialNumber": "B827EB76A8DE", "probeGroup": "FIS\u0020\/é",
    "nodetonode": {"status": 0, "lastUpdate": "2020-11-05T13:57:07Z", "more": {"lastUpdate": 1}},
    "realservice": {"status": 0, "lastUpdate": "never"}}])");
  REQUIRE(list.probes.size() == 1);
  CHECK(list.discarded.empty());
  const auto& x = list.probes[0];
  CHECK(x.serial_number == "B827EB76A8DE");
  CHECK(x.last_contact == "2020-11-05T13:57:07Z");
  CHECK(x.last_contact_at == parse_timestamp("2020-11-05T13:57:07Z"));
  CHECK(x.attributes
        == R"("probe_id":"27","probe_uid":"b8:27:eb:76:a8:de","probe_group":"FIS\u0020\/é",)"
           R"("device_type_name":"xr_pi")");
}

TEST_CASE("the text of each probe is kept as it was written, also of those that do not go on") {
  const auto list = read_list(R"([ {"serialNumber" : null , "a":[{}, "}"]} ,
    7,{},["x", {}] , {"serialNumber":"A", "b": {"c":{}} ,)"
                              + contact + "\t}\n\t]  ");
  compressed_archive_reader texts{list.texts};
  const auto text_of = [&texts](const auto& x) {
    return std::string{texts.at(x.text)};
  };
  REQUIRE(list.probes.size() == 1);
  CHECK(text_of(list.probes[0]) == R"({"serialNumber":"A", "b": {"c":{}} ,)" + contact + "\t}");
  REQUIRE(list.discarded.size() == 4);
  CHECK(text_of(list.discarded[0]) == R"({"serialNumber" : null , "a":[{}, "}"]})");
  CHECK(text_of(list.discarded[1]).empty());
  CHECK(text_of(list.discarded[2]) == "{}");
  CHECK(text_of(list.discarded[3]).empty());
}

TEST_CASE("an attribute may be any scalar, and null where it is missing") {
  const auto list = read_list(
      R"([{"serialNumber":"A","probeId":27.50e1 ,"uid":true,"probeGroup":null,)" + contact + "}]");
  REQUIRE(list.probes.size() == 1);
  CHECK(list.probes[0].attributes
        == R"("probe_id":27.50e1,"probe_uid":true,"probe_group":null,"device_type_name":null)");
}

TEST_CASE("the last contact is the later of the two moments, compared as moments") {
  struct row {
    std::string_view node, real, expected; ///< raw values of nodetonode and realservice
  };
  const auto endless_fraction =
      R"({"lastUpdate":"2021-01-01T00:00:00.)" + std::string(1'000, '0') + "Z\"}";
  const auto endless_blanks = R"({"lastUpdate":"2021-01-01)" + std::string(1'000, ' ') + "\"}";
  const std::vector<row> rows{
      {R"({"lastUpdate":"2020-11-05T13:57:07Z"})", R"({"lastUpdate":"2020-11-05T13:57:08Z"})",
       "2020-11-05T13:57:08Z"},
      {R"({"lastUpdate":"2020-11-05T13:57:07Z"})", R"({"lastUpdate":"2020-11-05T14:57:06+01:00"})",
       "2020-11-05T13:57:07Z"},
      {R"({"lastUpdate":"2020-11-05T12:57:07-02:00"})", R"({"lastUpdate":"2020-11-05T13:57:07Z"})",
       "2020-11-05T12:57:07-02:00"},
      {R"({"lastUpdate":"2020-11-05"})", R"({"lastUpdate":"never"})", "2020-11-05"},
      {R"({"lastUpdate":"never"})", R"({"lastUpdate":"2020\u002d11-05 01:02:03.5"})",
       "2020-11-05 01:02:03.5"},
      {"null", R"({"lastUpdate":"2020-11-05"})", "2020-11-05"},
      {"[]", R"({"lastUpdate":"2020-11-05"})", "2020-11-05"},
      {"\"2021-01-01\"", R"({"lastUpdate":"2020-11-05"})", "2020-11-05"},
      {R"({"lastUpdate":7})", R"({"lastUpdate":"2020-11-05"})", "2020-11-05"},
      {R"({"lastUpdate":{"lastUpdate":"2021-01-01"}})", R"({"lastUpdate":"2020-11-05"})",
       "2020-11-05"},
      {R"({"lastUpdate":"\ud800"})", R"({"lastUpdate":"2020-11-05"})", "2020-11-05"},
      {R"({"lastUpdate":"never"})", R"({"lastUpdate":"never"})", ""},
      {R"({"lastUpdate":null})", R"({"lastUpdate":""})", ""},
      {endless_fraction, R"({"lastUpdate":"2020-11-05"})", "2020-11-05"},
      {endless_blanks, "null", ""},
      {R"({"lastUpdate":"2020-13-05"})", R"({})", ""},
      {"0", "false", ""},
  };
  for (const auto& x : rows) {
    CAPTURE(x.node);
    CAPTURE(x.real);
    const auto list = read_list(R"([{"serialNumber":"A","nodetonode":)" + std::string{x.node}
                                + R"(,"realservice":)" + std::string{x.real} + R"(},{}])");
    REQUIRE(list.probes.size() == (x.expected.empty() ? 0 : 1));
    REQUIRE(list.discarded.size() == (x.expected.empty() ? 2 : 1));
    if (x.expected.empty()) {
      CHECK(list.discarded[0].why == outcome::never_contacted);
      CHECK(list.discarded[0].serial_number == "A");
      continue;
    }
    CHECK(list.probes[0].last_contact == x.expected);
    CHECK(list.probes[0].last_contact_at == parse_timestamp(x.expected));
  }
}

TEST_CASE("each probe that is left out is left out alone, with its reason") {
  struct row {
    std::string probe;
    outcome why;
    std::string_view reason; ///< is part of it
  };
  const std::vector<row> rows{
      {"{" + contact + "}", outcome::no_serial, ""},
      {R"({"serialNumber":null,)" + contact + "}", outcome::no_serial, ""},
      {R"({"serialNumber":"",)" + contact + "}", outcome::no_serial, ""},
      {R"({"serialNumber":" \t\n",)" + contact + "}", outcome::no_serial, ""},
      {R"({"serialNumber":7,)" + contact + "}", outcome::malformed, "serialNumber is no text: 7"},
      {R"({"serialNumber":false,)" + contact + "}", outcome::malformed, "serialNumber is no text"},
      {R"({"serialNumber":["A"],)" + contact + "}", outcome::malformed, "serialNumber is no text"},
      {R"({"serialNumber":{},)" + contact + "}", outcome::malformed, "serialNumber is no text"},
      {R"({"serialNumber":")" + std::string(max_probe_text + 1, 'a') + "\"," + contact + "}",
       outcome::malformed, "serialNumber is longer"},
      {R"({"serialNumber":"A","uid":{},)" + contact + "}", outcome::malformed, "uid"},
      {R"({"serialNumber":"A","probeId":[[],{"x":[1]}],)" + contact + "}", outcome::malformed,
       "probeId"},
      {R"({"typeName":{"serialNumber":"B"},"serialNumber":"A",)" + contact + "}",
       outcome::malformed, "typeName"},
      {R"({"serialNumber":"A","probeGroup":")" + std::string(max_probe_text + 1, 'a') + "\","
           + contact + "}",
       outcome::malformed, "probeGroup is longer"},
      {"7", outcome::malformed, "no object"},
      {"null", outcome::malformed, "no object"},
      {"\"A\"", outcome::malformed, "no object"},
      {"[" + probe_json("A", "2020-11-05") + "]", outcome::malformed, "no object"},
      {R"({"serialNumber":"A"})", outcome::never_contacted, ""},
  };
  for (const auto& x : rows) {
    CAPTURE(x.probe.substr(0, 100));
    const auto list = read_list("[" + probe_json("first", "2020-11-05") + "," + x.probe + ","
                                + probe_json("last", "2020-11-05") + "]");
    REQUIRE(list.probes.size() == 2);
    CHECK(list.probes[0].serial_number == "first");
    CHECK(list.probes[1].serial_number == "last");
    REQUIRE(list.discarded.size() == 1);
    CHECK(list.discarded[0].why == x.why);
    CHECK(list.discarded[0].reason.find(x.reason) != std::string::npos);
    CHECK(list.discarded[0].reason.empty() == x.reason.empty());
    CHECK(list.discarded[0].reason.size() < 300);
  }
}

TEST_CASE("a field is known by its name however it is escaped, and strange names disturb nobody") {
  const auto list = read_list(R"([{"serial\u004eumber":"A","\ud800":1,"a\"b\\":2,"":3,)" + contact
                              + R"(,"probe\u0049d":"27"}])");
  REQUIRE(list.probes.size() == 1);
  CHECK(list.probes[0].serial_number == "A");
  CHECK(list.probes[0].attributes.starts_with(R"("probe_id":"27")"));
}

TEST_CASE("a serial number is kept as written: not trimmed, escapes resolved") {
  const auto list = read_list(R"([{"serialNumber":" a\u00e4\"/\ud83d\ude00 ",)" + contact + "}]");
  REQUIRE(list.probes.size() == 1);
  CHECK(list.probes[0].serial_number == " a\xC3\xA4\"/\xF0\x9F\x98\x80 ");
}

TEST_CASE("of two probes with one serial the one contacted later is kept, the first of equals") {
  const auto with_id = [](std::string_view id, std::string_view last_update) {
    auto text = probe_json("A", last_update);
    return text.insert(1, R"("probeId":)" + std::string{id} + ",");
  };
  struct row {
    std::string first, second;
    std::string_view kept;
  };
  const std::vector<row> rows{
      {"2020-11-05", "2020-11-06", "2"}, {"2020-11-06", "2020-11-05", "1"},
      {"2020-11-05", "2020-11-05", "1"}, {"2020-11-05T01:00:00Z", "2020-11-05T02:00:00+01:00", "1"},
      {"never", "2020-11-05", "2"},      {"2020-11-05", "never", "1"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.first);
    CAPTURE(x.second);
    const auto list = read_list("[" + with_id("1", x.first) + "," + probe_json("B", "2020-01-01")
                                + "," + with_id("2", x.second) + "]");
    std::map<std::string, std::string> kept;
    for (const auto& y : list.probes)
      kept[y.serial_number] = y.attributes;
    CHECK(kept.size() == 2);
    CHECK(kept["A"].starts_with(R"("probe_id":)" + std::string{x.kept} + ","));
    REQUIRE(list.discarded.size() == 1);
    CHECK(list.discarded[0].serial_number == "A");
    const bool never = x.first == "never" || x.second == "never";
    CHECK(list.discarded[0].why == (never ? outcome::never_contacted : outcome::duplicate_serial));
  }
}

TEST_CASE("a body that is no list of probes is a failure, and an empty list is not") {
  for (const std::string_view text :
       {"", "null", "{}", "\"[]\"", "7", R"({"probes":[]})", "[", "[{]", "[{\"a\":1]", "garbage",
        "[{\"serialNumber\":\"A\"", "[\"\xFF\"]", "[{\"a\" 1}]"}) {
    CAPTURE(text);
    CHECK_FALSE(read(text).has_value());
  }
  const auto empty = read_list(" [ ] ");
  CHECK(empty.probes.empty());
  CHECK(empty.discarded.empty());
}

TEST_CASE("a list of more probes than anyone has is refused whole") {
  std::string text = "[0";
  text.reserve(2 * max_probes + 8);
  for (std::size_t i = 1; i < max_probes; ++i)
    text += ",0";
  CHECK(read_list(text + "]").discarded.size() == max_probes);
  CHECK_FALSE(read(text + ",0]").has_value());
}

TEST_CASE("whatever is cut off a reply, what is handed on is valid JSON") {
  const std::string whole =
      "[" + probe_json("A", "2020-11-05")
      + R"(,{"serialNumber":"B","probeId":12.5e3,"uid":"x\u00e4","typeName":true,)" + contact
      + "}]";
  for (std::size_t size = 0; size < whole.size(); ++size)
    for (const std::string_view end : {"", "]", "}]", "\"}]", "x]"}) {
      const auto answer = read(whole.substr(0, size) + std::string{end});
      if (!answer.has_value())
        continue;
      for (const auto& x : answer->probes)
        CHECK(nlohmann::json::accept("{" + x.attributes + "}"));
    }
}

} // namespace
} // namespace hawkeye
