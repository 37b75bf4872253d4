// Which texts are timestamps, what they mean, and that nothing is guessed.
#include "messages/base/timestamp.hpp"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace hawkeye {
namespace {

using namespace std::chrono_literals;

TEST_CASE("every way to write a moment that clients use is understood, to the nanosecond") {
  struct row {
    std::string_view text;
    timestamp expected;
  };
  constexpr std::int64_t at = 1'594'826'742; // 2020-07-15T15:25:42Z
  const std::vector<row> rows{
      {"2020-07-15T15:25:42.000Z", {at, 0}},
      {"2020-07-15T15:25:42Z", {at, 0}},
      {"2020-07-15T15:25:42", {at, 0}},
      {"2020-07-15 15:25:42", {at, 0}},
      {"2020-07-15T15:25Z", {at - 42, 0}},
      {"2020-07-15 15:25", {at - 42, 0}},
      {"2020-07-15", {at - 42 - 25 * 60 - 15 * 3600, 0}},
      {"2020-01-16 14:50:00.123456", {1'579'186'200, 123'456'000}},
      {"2020-07-15T15:25:42.1", {at, 100'000'000}},
      {"2020-07-15T15:25:42.123456789Z", {at, 123'456'789}},
      {"2020-07-15T15:25:42.000000001+00:00", {at, 1}},
      {"2020-07-15T17:25:42+02:00", {at, 0}},
      {"2020-07-15T17:25:42+0200", {at, 0}},
      {"2020-07-15T17:25:42+02", {at, 0}},
      {"2020-07-15T17:25+02", {at - 42, 0}},
      {"2020-07-15T09:55:42.5-05:30", {at, 500'000'000}},
      {"2020-07-15T09:55:42.5-0530", {at, 500'000'000}},
      {"2020-07-14T23:25:42-16", {at, 0}},
      {"2020-07-15T15:25:42-00:00", {at, 0}},
      {"2020-07-15t15:25:42z", {at, 0}},
      {"2020-07-15 17:25:42 +0200", {at, 0}},
      {"2020-07-15 17:25:42.25 +02:00", {at, 250'000'000}},
      {"2020-07-15 15:25:42 UTC", {at, 0}},
      {"2020-07-15T15:25:42UTC", {at, 0}},
      {"2020-07-15 15:25:42 Z", {at, 0}},
      {"2020-07-15T15:25:42,123Z", {at, 123'000'000}},
      {"2020-07-15T15:25:42.1234567899999Z", {at, 123'456'789}},
      {"20200715T152542Z", {at, 0}},
      {"20200715T152542", {at, 0}},
      {"20200715t172542.5+0200", {at, 500'000'000}},
      {" 2020-07-15T15:25:42Z\r\n", {at, 0}},
      {"\t2020-07-15 ", {at - 42 - 25 * 60 - 15 * 3600, 0}},
      {"1970-01-01", {0, 0}},
      {"1969-12-31T23:59:59.999999999", {-1, 999'999'999}},
      {"2020-02-29", {1'582'934'400, 0}},
      {"2000-02-29", {951'782'400, 0}},
      {"0001-01-01", {-62'135'596'800, 0}},
      {"9999-12-31T23:59:59.999999999Z", {253'402'300'799, 999'999'999}},
  };
  for (const auto& x : rows) {
    CAPTURE(x.text);
    const auto read = parse_timestamp(x.text);
    REQUIRE(read);
    CHECK(read->seconds == x.expected.seconds);
    CHECK(read->nanoseconds == x.expected.nanoseconds);
  }
}

TEST_CASE("anything else is no moment") {
  for (const std::string_view text : {"",
                                      " ",
                                      "never",
                                      "null",
                                      "2020",
                                      "2020-07",
                                      "2020-7-15",
                                      "20200715",
                                      "20-07-15",
                                      "2020/07/15",
                                      "15.07.2020",
                                      "2020-07-15T",
                                      "2020-07-15Z",
                                      "2020-07-15T15",
                                      "2020-07-15T15:",
                                      "2020-07-15T15:2",
                                      "2020-07-15T15:25:",
                                      "2020-07-15T15:25:4",
                                      "2020-07-15T15:25:42.",
                                      "2020-07-15T15:25:42.Z",
                                      "2020-07-15T15:25.5",
                                      "2020-07-15  15:25:42",
                                      "2020-07-15T15:25:42ZZ",
                                      "2020-07-15T15:25:42+",
                                      "2020-07-15T15:25:42+2",
                                      "2020-07-15T15:25:42+02:",
                                      "2020-07-15T15:25:42+02:0",
                                      "2020-07-15T15:25:42+020",
                                      "2020-07-15T15:25:42+02:000",
                                      "2020-07-15T15:25:42+24:00",
                                      "2020-07-15T15:25:42+02:60",
                                      "2020-07-15T15:25:42+02:00Z",
                                      "2020-07-15T24:00:00",
                                      "2020-07-15T15:60:00",
                                      "2020-07-15T15:25:60",
                                      "2020-07-15T-1:25:42",
                                      "2020-00-15",
                                      "2020-13-15",
                                      "2020-07-00",
                                      "2020-07-32",
                                      "2020-06-31",
                                      "2021-02-29",
                                      "1900-02-29",
                                      "0000-01-01",
                                      "10000-01-01",
                                      "-001-01-01",
                                      "+020-01-01",
                                      "1594826742",
                                      "2020-07-15T15:25:42[UTC]",
                                      "2020-07-15T15:25:42  Z",
                                      "2020-07-15T15:25:42 utc",
                                      "2020-07-15T15:25:42.,5",
                                      "2020-07-15T15:25,5",
                                      "2020-07-15 Z",
                                      "20200715 152542",
                                      "20200715T1525",
                                      "20200715T15:25:42",
                                      "2020-07-15T152542",
                                      "202007-15T152542",
                                      "\x0b"
                                      "2020-07-15",
                                      "2020-07-15T15:25:42 PM",
                                      "\xEF\xBC\x92"
                                      "020-07-15"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text));
  }
  CHECK_FALSE(parse_timestamp(std::string_view{"2020-07-15\0", 11}));
}

TEST_CASE("a text that was cut off anywhere is never taken for another moment of finer detail") {
  const std::string whole = "2020-07-15T15:25:42.123456789+02:30";
  std::vector<std::size_t> accepted;
  for (std::size_t size = 0; size <= whole.size(); ++size)
    if (parse_timestamp(whole.substr(0, size)))
      accepted.push_back(size);
  // The date, the minute, the second, each digit of the fraction, the zone's hour, the zone.
  CHECK(accepted
        == std::vector<std::size_t>{10, 16, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29, 32, 35});
}

TEST_CASE("moments compare by time, whatever their zone") {
  CHECK(*parse_timestamp("2020-07-15T15:25:42+01:00") < *parse_timestamp("2020-07-15T15:25:42"));
  CHECK(*parse_timestamp("2020-07-15T15:25:42-01:00") > *parse_timestamp("2020-07-15T15:25:42"));
  CHECK(*parse_timestamp("2020-07-15T16:25:42+01:00")
        == *parse_timestamp("2020-07-15T15:25:42.000Z"));
  CHECK(*parse_timestamp("2020-07-15T15:25:42.1")
        < *parse_timestamp("2020-07-15T15:25:42.100000001"));
  CHECK(*parse_timestamp("1969-12-31T23:59:59.9") < *parse_timestamp("1970-01-01"));
}

TEST_CASE("what is written is short and exact, and reads back as the same moment") {
  CHECK(to_string({1'594'826'742, 0}) == "2020-07-15T15:25:42Z");
  CHECK(to_string({1'594'826'742, 500'000'000}) == "2020-07-15T15:25:42.500Z");
  CHECK(to_string({1'594'826'742, 123'456'000}) == "2020-07-15T15:25:42.123456Z");
  CHECK(to_string({1'594'826'742, 1}) == "2020-07-15T15:25:42.000000001Z");
  CHECK(to_string({-1, 999'000'000}) == "1969-12-31T23:59:59.999Z");
  CHECK(to_string({-62'135'596'800, 0}) == "0001-01-01T00:00:00Z");
  std::mt19937_64 random{1};
  std::uniform_int_distribution<std::int64_t> seconds{-62'135'596'800, 253'402'300'799};
  std::uniform_int_distribution<std::int32_t> nanoseconds{0, 999'999'999};
  for (int i = 0; i < 2'000; ++i) {
    const timestamp x{seconds(random), nanoseconds(random)};
    CAPTURE(to_string(x));
    CHECK(parse_timestamp(to_string(x)) == x);
  }
}

TEST_CASE(
    "the wall clock's readings survive, before 1970 too; what it cannot say is held in range") {
  using clock = std::chrono::system_clock;
  for (const auto since : {clock::duration{0}, clock::duration{1'594'826'742'123'456'789},
                           clock::duration{-1}, clock::duration{-1'000'000'001}}) {
    const clock::time_point x{since};
    CHECK(to_time_point(to_timestamp(x)) == x);
    CHECK(to_timestamp(x).nanoseconds >= 0);
  }
  CHECK(to_timestamp(clock::time_point{-1ns}) == timestamp{-1, 999'999'999});
  CHECK(to_time_point(*parse_timestamp("0001-01-01")) < clock::time_point{});
  CHECK(to_time_point(*parse_timestamp("9999-12-31")) > clock::time_point{});
}

} // namespace
} // namespace hawkeye
