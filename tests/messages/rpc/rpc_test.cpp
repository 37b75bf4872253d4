// What clients may ask, and that every reply is the JSON that they were promised.
#include "messages/rpc/rpc.hpp"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace hawkeye {
namespace {

using nlohmann::json;

rpc_request understood(std::string_view bytes) {
  const auto read = read_rpc_request(bytes);
  INFO(bytes);
  if (!read)
    FAIL(read.error().sentence);
  return *read;
}

rpc_refusal refused(std::string_view bytes) {
  const auto read = read_rpc_request(bytes);
  CAPTURE(bytes.substr(0, 100));
  REQUIRE_FALSE(read.has_value());
  return read.error();
}

/// Devices with bodies of differing length, `count` of them, contacted a minute apart.
snapshot_ptr fleet(std::size_t count, std::size_t filler = 0) {
  std::vector<device> devices;
  for (std::size_t i = 0; i < count; ++i) {
    const auto serial = "S" + std::to_string(i);
    devices.push_back({serial,
                       {static_cast<std::int64_t>(1'600'000'000 - 60 * i), 0},
                       device_json(serial, "2020-09-13", R"({"client_id":1})",
                                   R"("probe_id":")" + std::string(filler + i % 7, 'x') + '"')});
  }
  return std::make_shared<const snapshot>(snapshot_meta{}, std::move(devices));
}

TEST_CASE("without a filter a client asks for all devices, with one for those contacted later") {
  const timestamp noon{1'594'814'400, 0};
  struct row {
    std::string_view bytes;
    std::optional<timestamp> filter;
  };
  const std::vector<row> rows{
      {R"({"request_id":"x","body":{}})", {}},
      {R"({"request_id":"x","body":{"last_contact_filter":null}})", {}},
      {R"({"request_id":"x","body":{"last_contact_filter":"2020-07-15T12:00:00.000Z"}})", noon},
      {R"({"request_id":"x","body":{"last_contact_filter":"2020-07-15 12:00"}})", noon},
      {R"({"request_id":"x","body":{"last_contact_filter":"2020-07-15T14:00:00+02:00"}})", noon},
      {R"({"request_id":"x","body":{"last_contact_filter":"2020\u002d07-15 12:00"}})", noon},
      {R"({"request_id":"x","body":{"last\u005fcontact_filter":"2020-07-15 12:00"}})", noon},
      {R"( { "b\u006fdy" : { "last_contact_filter" : "2020-07-15 12:00" } , "request_id" : "x" } )",
       noon},
      {R"({"request_id":"x","body":{"more":{"last_contact_filter":7,"body":1},"filter":[]}})", {}},
      {R"({"request_id":"x","body":{},"more":{"body":7,"request_id":8},"status":200})", {}},
      {R"({"request_id":"x","body":{"":1,"last_contact_filte":1,"last_contact_filters":1}})", {}},
  };
  for (const auto& x : rows) {
    const auto request = understood(x.bytes);
    CAPTURE(x.bytes);
    CHECK(request.filter == x.filter);
    CHECK(request.request_id == "\"x\"");
  }
}

TEST_CASE("the request id comes back as it was sent, whatever JSON value it was") {
  for (const std::string id :
       {R"("7b1c-42")", R"("")", R"("a\u00e4\"\\")", "7", "-1.50e+3", "true", "null", "[1, [2]]",
        R"({"body": {}, "request_id": 1})", "\"\xE2\x80\x93\"", R"("\ud800")"}) {
    CAPTURE(id);
    CHECK(understood(R"({"request_id":)" + id + R"(,"body":{}})").request_id == id);
    CHECK(understood(R"({"body":{} , "request_id" : )" + id + " }").request_id == id);
    // Of a refused request too.
    CHECK(refused(R"({"request_id":)" + id + R"(,"body":7})").request_id == id);
    CHECK(refused(R"({"request_id":)" + id + "}").request_id == id);
    CHECK(refused(R"({"body":{"last_contact_filter":7},"request_id":)" + id + "}").request_id
          == id);
  }
  CHECK(understood(R"({"body":{}})").request_id == "null");
  CHECK(refused("{}").request_id == "null");
  CHECK(refused(R"({"request_id":"x","body":{})").request_id == "null");
}

TEST_CASE("what cannot be understood is refused with a sentence that says what would be right") {
  struct row {
    std::string bytes;
    std::string_view named, right;
  };
  constexpr std::string_view request = R"({"request_id": ..., "body": {...}})";
  constexpr std::string_view timestamp = "2020-07-15T15:25:42.000Z";
  const std::vector<row> rows{
      {"", "empty", request},
      {" \n", "not JSON", request},
      {"hello", "hello", request},
      {"{", "not JSON", request},
      {R"({"body":{}}{})", "not JSON", request},
      {R"({"body":{},})", "not JSON", request},
      {R"({"body":{"x":tru}})", "not JSON", request},
      {R"({"body":{"x":01}})", "not JSON", request},
      {"{\"body\":{},\"request_id\":\"\xFF\"}", "not JSON", request},
      {R"({"body":)" + std::string(5'000, '[') + std::string(5'000, ']') + "}",
       "nests deeper than 512", request},
      {"[]", "a list", request},
      {" \"x\"", "a text", request},
      {"null", "null", request},
      {"12", "a number", request},
      {"true", "a boolean", request},
      {"{}", "no body", request},
      {R"({"Body":{}})", "no body", request},
      {R"({"body":null})", "body is null", request},
      {R"({"body":"{}"})", "body is a text", request},
      {R"({"body":[]})", "body is a list", request},
      {R"({"body":0})", "body is a number", request},
      {R"({"body":{"last_contact_filter":1594826742}})", "a number", timestamp},
      {R"({"body":{"last_contact_filter":false}})", "a boolean", timestamp},
      {R"({"body":{"last_contact_filter":{}}})", "an object", timestamp},
      {R"({"body":{"last_contact_filter":["2020-07-15"]}})", "a list", timestamp},
      {R"({"body":{"last_contact_filter":""}})", "no timestamp", timestamp},
      {R"({"body":{"last_contact_filter":"yesterday"}})", "yesterday", timestamp},
      {R"({"body":{"last_contact_filter":"2020-02-30"}})", "2020-02-30", timestamp},
      {R"({"body":{"last_contact_filter":"2020-07-15T15:25:42.000ZZ"}})", "no timestamp",
       timestamp},
      {R"({"body":{},"body":{}})", "body", "twice"},
      {R"({"body":{},"b\u006fdy":{}})", "body", "twice"},
      {R"({"request_id":1,"body":{},"request_id":1})", "request_id", "twice"},
      {R"({"body":{"last_contact_filter":null,"last_contact_filter":null}})", "last_contact_filter",
       "twice"},
  };
  for (const auto& x : rows) {
    const auto refusal = refused(x.bytes);
    CAPTURE(x.bytes.substr(0, 100));
    CAPTURE(refusal.sentence);
    CHECK(refusal.sentence.find(x.named) != std::string::npos);
    CHECK(refusal.sentence.find(x.right) != std::string::npos);
  }
}

TEST_CASE("a refusal quotes little of the request, and nothing that could forge a log line") {
  for (const auto& bytes :
       {std::string(10'000, 'x'), std::string(10'000, '\n') + "x",
        R"({"body":{"last_contact_filter":")" + std::string(10'000, 'x') + "\"}}"}) {
    const auto sentence = refused(bytes).sentence;
    CHECK(sentence.size() < 1'500);
    CHECK(sentence.find('\n') == std::string::npos);
  }
  CHECK(refused("\x1b[2J").sentence.find('\x1b') == std::string::npos);
}

TEST_CASE("a request of up to 1 MiB is read, a longer one is refused unread") {
  const std::string begin = R"({"request_id":"x","body":{"more":")", end = "\"}}";
  const auto filler = max_request_bytes - begin.size() - end.size();
  CHECK(understood(begin + std::string(filler, 'a') + end).request_id == "\"x\"");
  const auto refusal = refused(begin + std::string(filler + 1, 'a') + end);
  CHECK(refusal.request_id == "null");
  CHECK(refusal.sentence.find("longer than 1 MiB") != std::string::npos);
  CHECK(refusal.over == limit::request_bytes);
  CHECK_FALSE(refused("x").over);
}

TEST_CASE("whatever is damaged in a request, the reply to it is valid JSON") {
  const std::string whole =
      R"({"request_id":{"a":[1,"\u00e4"]},"body":{"last_contact_filter":"2020-07-15 12:00","x":null}})";
  constexpr std::string_view alphabet = "{}[]:,\"\\ 01-.eutn\x01\x7F\xC3\xFF";
  std::mt19937_64 random{42};
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(random);
  };
  std::size_t good = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = whole;
    for (auto changes = 1 + below(3); changes > 0; --changes) {
      if (below(2) == 0)
        bytes[below(bytes.size())] = alphabet[below(alphabet.size())];
      else
        bytes.erase(below(bytes.size()), 1 + below(2));
    }
    const auto read = read_rpc_request(bytes);
    good += read ? 1 : 0;
    const auto reply = read ? sentence_reply(read->request_id, no_devices_sentence, 404)
                            : sentence_reply(read.error().request_id, read.error().sentence, 400);
    INFO(bytes);
    REQUIRE(json::accept(reply));
  }
  CHECK(good > 100);
}

TEST_CASE("every reply has the promised fields in their order") {
  CHECK(sentence_reply("\"x\"", still_building_sentence, 202)
        == R"({"request_id":"x","body":"Cache is still being built","status":202})");
  CHECK(
      sentence_reply("null", no_devices_sentence, 404)
      == R"({"request_id":null,"body":"No devices were found for the specified filters","status":404})");
  CHECK(sentence_reply("7", overloaded_sentence, 503)
        == R"({"request_id":7,"body":"Service is overloaded, try again later","status":503})");
  const auto hostile = json::parse(sentence_reply("[1]", "a\"b\\\n\x1b\xFF", 400));
  CHECK(hostile["body"] == "a\"b\\\n\x1b\xEF\xBF\xBD");
  CHECK(hostile["status"] == 400);
  CHECK(token_reply("\"x\"", "0123-abc")
        == R"({"request_id":"x","is_stored":true,"token":"0123-abc"})");
  const auto from = fleet(3);
  for (std::size_t count = 1; count <= 3; ++count) {
    const auto devices = std::string{from->first(count)};
    CHECK(offloaded_reply(*from, count) == R"({"body":[)" + devices + R"(],"status":200})");
    CHECK(json::parse(offloaded_reply(*from, count))["body"].size() == count);
    reply_writer writer;
    const std::string reply{writer.write("\"x\"", *from, count)};
    CHECK(reply == R"({"request_id":"x","body":[)" + devices + R"(],"status":200})");
    CHECK(device_reply_size("\"x\"", *from, count) == reply.size());
  }
}

TEST_CASE("a client that asks after others gets the same bytes as if it were alone") {
  // One writer serves all: ids, counts and snapshots in any sequence, as its buffer is reused.
  std::vector<snapshot_ptr> fleets{fleet(1),   fleet(2),        fleet(40),
                                   fleet(300), fleet(300, 200), fleet(1, 5'000)};
  std::mt19937_64 random{3};
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(random);
  };
  reply_writer writer;
  auto from = fleets[0];
  for (int i = 0; i < 20'000; ++i) {
    if (below(20) == 0)
      from = fleets[below(fleets.size())];
    if (below(200) == 0) // another one with the same devices, the old one given up
      from = std::make_shared<const snapshot>(from->with_version(i));
    const auto id = '"' + std::string(below(50) == 0 ? below(3'000) : below(40), 'i') + '"';
    const auto count =
        below(3) == 0 ? 1 + below(std::min<std::size_t>(3, from->size())) : 1 + below(from->size());
    const auto expected = R"({"request_id":)" + id + R"(,"body":[)"
                          + std::string{from->first(count)} + R"(],"status":200})";
    CAPTURE(i);
    REQUIRE(writer.write(id, *from, count) == expected);
    REQUIRE(device_reply_size(id, *from, count) == expected.size());
  }
}

TEST_CASE("a small fleet after a huge one is answered as well") {
  const auto huge = fleet(2'000, 4'000), small = fleet(3);
  reply_writer writer;
  for (int round = 0; round < 3; ++round) {
    CHECK(json::parse(writer.write("1", *huge, huge->size()))["body"].size() == huge->size());
    CHECK(json::parse(writer.write("2", *small, 2))["body"].size() == 2);
    CHECK(json::parse(writer.write("3", *small, 3))["request_id"] == 3);
  }
}

} // namespace
} // namespace hawkeye
