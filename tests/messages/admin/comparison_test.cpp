// What `diff` tells: readable, with counts where lists are cut, and safe for a terminal.
#include "messages/admin/comparison.hpp"

#include <doctest/doctest.h>

#include "messages/base/text.hpp"

namespace hawkeye {
namespace {

using nlohmann::json;

compared_question question(const json& here, const json& there, int status = 200) {
  const auto a = read_device_table(here), b = read_device_table(there);
  return {"all devices",
          {status, here.size(), a.duplicates, a.malformed},
          {status, there.size(), b.duplicates, b.malformed},
          compare_devices(a, b)};
}

bool has(const std::string& text, const char* words) {
  return text.find(words) != std::string::npos;
}

json devices(int count) {
  auto result = json::array();
  for (int i = 0; i < count; ++i)
    result.push_back({{"serial_number", "S" + std::to_string(100 + i)}, {"probe_id", "1"}});
  return result;
}

} // namespace

TEST_CASE("equal answers are told in a table and one word") {
  comparison x{"a.get", "b.get", {}, {question(devices(3), devices(3))}, {}};
  CHECK(x.equal());
  const auto text = text_of(x);
  CHECK(text
        == "here   a.get\n"
           "there  b.get\n"
           "\n"
           "QUESTION     HERE    THERE   ONLY HERE  ONLY THERE  FIELDS DIFFER  RESULT\n"
           "all devices  200: 3  200: 3  0          0           0              equal\n"
           "\nequal\n");
  CHECK(json_of(x)["equal"] == true);
}

TEST_CASE("differences are listed up to a bound, with how many more there are") {
  auto here = devices(50);
  const auto there = devices(80);
  for (auto& device : here)
    device["probe_id"] = "2";
  here.push_back({{"serial_number", "HERE"}});
  comparison x{"a.get", "b.get", {}, {question(here, there)}, {"a note"}};
  CHECK(!x.equal());
  const auto text = text_of(x, 20);
  for (const char* words :
       {"only here (1):\n  HERE\n", "only there (30):\n  S150\n", "  ... and 10 more\n",
        "devices by field that differs (1):\n  probe_id: 50\n",
        "S100    probe_id  \"2\"   |  \"1\"", "... and 30 more devices", "note: a note",
        "\ndifferent\n", "DIFFERENT"})
    CHECK_MESSAGE(has(text, words), text);
  CHECK(std::count(text.begin(), text.end(), '\n') < 70);
  const auto told = json_of(x);
  CHECK(told["questions"][0]["only_there"]["count"] == 30);
  CHECK(told["questions"][0]["only_there"]["first"].size() == 30);
  CHECK(told["questions"][0]["differ"]["by_field"]["probe_id"] == 50);
  CHECK(told["questions"][0]["differ"]["first"][0]["fields"][0]["there"] == "1");
}

TEST_CASE("another status, an entry twice and a malformed one are differences too") {
  auto other = question(devices(0), devices(0));
  other.here.status = 404;
  CHECK(!comparison{"a", "b", {}, {other}, {}}.equal());
  auto twice = devices(2);
  twice[1] = twice[0];
  twice.push_back(5);
  comparison x{"a", "b", {}, {question(twice, twice)}, {}};
  CHECK(!x.equal());
  const auto text = text_of(x);
  for (const char* words : {"200: 3, 1 twice, 1 malformed", "twice there (1):\n  S100",
                            "malformed here (1):\n  entry 2: no object"})
    CHECK_MESSAGE(has(text, words), text);
  auto silent = question(devices(0), devices(0), 400);
  silent.there.status = -1;
  CHECK(has(text_of({"a", "b", {}, {silent}, {}}), "no reply"));
}

TEST_CASE("what devices are called cannot harm a terminal or a JSON reader") {
  json hostile{{{"serial_number", "\x1b[2J\n\xff"}, {"a\x1b", std::string(10'000, 'x')}}};
  const json other{{{"serial_number", "\x1b[2J\n\xff"}, {"a\x1b", "y"}}};
  for (int i = 0; i < 10'000; ++i)
    hostile[0]["field" + std::to_string(i)] = "\u202e"; // from right to left
  comparison x{"a", "b", {"\x1b"}, {question(hostile, other)}, {}};
  const auto text = text_of(x);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\u202e") == std::string::npos);
  CHECK(text.find("... and 9981 more fields") != std::string::npos);
  CHECK(text.size() < 10'000);
  CHECK(json::accept(json_of(x).dump(-1, ' ', false, json::error_handler_t::replace)));
}

TEST_CASE("columns are aligned by characters, not bytes") {
  CHECK(text_table({{"ä", "b"}, {"aaa", "b", "c"}, {}}) == "ä    b\naaa  b  c\n\n");
}

} // namespace hawkeye
