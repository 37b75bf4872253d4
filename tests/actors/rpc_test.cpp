// The RPC as clients see it, on the virtual clock: every request gets its reply, at once.
#include <doctest/doctest.h>

#include "tests/support/virtual_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

/// A service that serves ten devices.
struct serving {
  virtual_system world;
  virtual_service service;
  explicit serving(const settings& with = {}) : service{world, with} {
    service.bridges.add_devices(10);
    world.pass(1s);
    REQUIRE(service.served() == 10);
  }
};

json reply_of(virtual_service& service, const std::string& request) {
  const auto reply = service.ask(request);
  REQUIRE(reply.has_value());
  CAPTURE(*reply);
  const auto parsed = json::parse(*reply, nullptr, false);
  REQUIRE(parsed.is_object());
  CHECK(parsed.size() == 3);
  return parsed;
}

} // namespace

TEST_CASE("each row of the reply table") {
  serving x;
  struct row {
    std::string request;
    int status;
    std::size_t devices;
  };
  const std::vector<row> rows{
      {R"({"request_id":"a","body":{}})", 200, 10},
      {R"({"request_id":"a","body":{"last_contact_filter":null}})", 200, 10},
      {R"({"request_id":"a","body":{"last_contact_filter":"2020-11-05T13:57:15Z"}})", 200, 4},
      {R"({"request_id":"a","body":{"last_contact_filter":"2020-11-05 13:57:18.999999"}})", 200, 1},
      {R"({"request_id":"a","body":{"last_contact_filter":"2020-11-05T13:57:19Z"}})", 404, 0},
      {R"({"body":{"filter":["?"]},"more":1})", 200, 10},
      {"", 400, 0},
      {"no json", 400, 0},
      {"[]", 400, 0},
      {"{}", 400, 0},
      {R"({"request_id":"a"})", 400, 0},
      {R"({"request_id":"a","body":[]})", 400, 0},
      {R"({"request_id":"a","body":{"last_contact_filter":""}})", 400, 0},
      {R"({"request_id":"a","body":{"last_contact_filter":"10"}})", 400, 0},
      {R"({"request_id":"a","body":{"last_contact_filter":"yesterday"}})", 400, 0},
      {R"({"request_id":"a","body":{"last_contact_filter":10}})", 400, 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.request);
    x.service.via->last_error_code = 0;
    const auto reply = reply_of(x.service, row.request);
    CHECK(x.service.via->last_error_code == (row.status == 400 ? 400 : 0)); // 404 is an answer
    CHECK(reply["status"] == row.status);
    if (row.status == 200)
      CHECK(reply["body"].size() == row.devices);
    else
      CHECK(reply["body"].is_string());
  }
}

TEST_CASE("the request id comes back as it was sent, whatever it was") {
  serving x;
  for (const std::string id :
       {R"("a\u0062")", "1e400", "null", "[1, {\"x\": []}]", "-0.0", "\"\""}) {
    const auto reply = x.service.ask(R"({"request_id":)" + id + R"(,"body":{}})");
    REQUIRE(reply.has_value());
    CHECK(reply->starts_with(R"({"request_id":)" + id + R"(,"body":[)"));
  }
}

TEST_CASE("hostile requests get a 400, and the next client its answer") {
  serving x;
  const std::vector<std::string> hostile{
      std::string(900'000, 'x'),
      std::string(900'000, '['),
      R"({"body":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}",
      "{\"request_id\":\"\xff\xfe\",\"body\":{}}",
      R"({"body":{},"body":{}})",
      R"({"body":{"last_contact_filter":null,"last_contact_filter":null}})",
      std::string("\0\0\0", 3),
  };
  for (const auto& bytes : hostile) {
    const auto reply = reply_of(x.service, bytes);
    CHECK(reply["status"] == 400);
    CHECK(reply.dump().size() < 1000);
    CHECK(x.service.served() == 10);
  }
}

TEST_CASE("a message that nobody waits for an answer to is dropped") {
  serving x;
  const auto before = x.service.via->published.size();
  x.service.via->deliver("hawkeye.customer.cache.get", "", R"({"body":{}})");
  x.world.settle();
  CHECK(x.service.via->published.size() == before);
}

TEST_CASE("beyond the limit of waiting requests the answer is 503, at once; the waiting ones are "
          "answered") {
  settings with;
  with.nats.max_pending = 3;
  serving x{with};
  for (int i = 0; i < 5; ++i)
    x.service.via->deliver("hawkeye.customer.cache.get", "flood." + std::to_string(i),
                           R"({"request_id":7,"body":{}})");
  for (const char* late : {"flood.3", "flood.4"}) {
    const auto replies = x.service.via->sent_to(late);
    REQUIRE(replies.size() == 1);
    CHECK(json::parse(replies[0])
          == json{{"request_id", 7},
                  {"body", "Service is overloaded, try again later"},
                  {"status", 503}});
  }
  x.world.settle();
  for (const char* taken : {"flood.0", "flood.1", "flood.2"})
    CHECK(json::parse(x.service.via->sent_to(taken).at(0))["status"] == 200);
}

TEST_CASE("requests that arrived together are answered together, whatever comes last") {
  serving x;
  const auto deliver = [&](const char* reply, std::size_t behind) {
    x.service.via->deliver("hawkeye.customer.cache.get", reply, R"({"body":{}})", false, behind);
    x.world.settle();
  };
  const auto answered = [&](const char* reply) {
    return !x.service.via->sent_to(reply).empty();
  };
  deliver("first", 2);
  CHECK_FALSE(answered("first"));
  deliver("second", 1);
  SUBCASE("a request") {
    deliver("third", 0);
    CHECK(answered("third"));
  }
  SUBCASE("a message that nobody awaits an answer to") {
    deliver("", 0);
  }
  CHECK(answered("first"));
  CHECK(answered("second"));
  // Of an endless stream none waits for its end.
  for (int i = 0; i < 16; ++i)
    deliver("of many", 100);
  CHECK(answered("of many"));
}

TEST_CASE("a reply over max_payload is parked once and its token shared") {
  serving x;
  x.service.via->limit = 500;
  const auto first = json::parse(*x.service.ask(R"({"request_id":1,"body":{}})"));
  CHECK(first["request_id"] == 1);
  CHECK(first["is_stored"] == true);
  const std::string token = first["token"];
  const auto parked = json::parse(x.service.redis->payloads.at(token));
  CHECK(parked["status"] == 200);
  CHECK(parked["body"].size() == 10);
  for (int i = 0; i < 100; ++i)
    CHECK(json::parse(*x.service.ask(R"({"request_id":2,"body":{}})"))["token"] == token);
  CHECK(x.service.redis->parks == 1);

  SUBCASE("another filter result has another token") {
    const auto other = json::parse(*x.service.ask(
        R"({"request_id":1,"body":{"last_contact_filter":"2020-11-05T13:57:12Z"}})"));
    CHECK(other["token"] != token);
    CHECK(x.service.redis->parks == 2);
  }
  SUBCASE("a token in the second half of its life is handed out no more") {
    x.world.pass(151s, 1s);
    CHECK(json::parse(*x.service.ask(R"({"body":{}})"))["token"] != token);
  }
  SUBCASE("Redis down: 503 with a sentence, and again 200 once it is back") {
    x.service.redis->away = true;
    x.world.pass(160s, 1s);
    const auto refused = json::parse(*x.service.ask(R"({"request_id":1,"body":{}})"));
    CHECK(refused["status"] == 503);
    CHECK(refused["body"].get<std::string>().find("Redis") != std::string::npos);
    x.service.redis->away = false;
    x.world.pass(3s);
    CHECK(json::parse(*x.service.ask(R"({"body":{}})"))["is_stored"] == true);
  }
}

TEST_CASE("replies of the bridges that are stored in Redis are recovered") {
  virtual_system world;
  virtual_service service{world};
  service.bridges.add_devices(5);
  const std::string token = "01234567-0123-0123-0123-0123456789ab";
  service.redis->payloads[token] = service.bridges.reply_to("hawkeye.probe.request", {});
  auto answer = R"({"is_stored":true,"token":")" + token + R"("})";
  service.bridges.fault = [&](const std::string& subject, const json&) {
    return subject == "hawkeye.probe.request" ? std::optional{fault_answer{false, false, answer}}
                                              : std::nullopt;
  };
  SUBCASE("from the token") {
    world.pass(1s);
    CHECK(service.served() == 5);
  }
  SUBCASE("not where Redis has it no more") {
    service.redis->payloads.clear();
    world.pass(1s);
    CHECK(service.ask_all()["status"] == 202);
  }
  SUBCASE("not from a token of the wrong form, which is never looked up") {
    service.redis->payloads["hawkeye"] = service.redis->payloads[token];
    answer = R"({"is_stored":true,"token":"hawkeye"})";
    world.pass(1s);
    CHECK(service.ask_all()["status"] == 202);
  }
  SUBCASE("not where the stored reply is itself a token") {
    service.redis->payloads[token] = answer;
    world.pass(1s);
    CHECK(service.ask_all()["status"] == 202);
  }
}

TEST_CASE("a stored snapshot is served before the first refresh ends") {
  auto memory = std::make_shared<redis_memory>();
  virtual_system world;
  {
    virtual_service before{world, {}, memory};
    before.bridges.add_devices(6);
    world.pass(1s);
    REQUIRE(before.served() == 6);
  }
  SUBCASE("our own") {
    virtual_service service{world, {}, memory};
    service.bridges.hold = true;
    world.settle();
    CHECK(service.served() == 6);
  }
  SUBCASE("another program's, without meta, in any order") {
    memory->meta.reset();
    memory->array = R"([ {"last_contact": "2020-01-01", "serial_number": "A", "x": 1},
      {"serial_number":"B","last_contact":"2021-01-01T00:00:00+01:00"} ])";
    virtual_service service{world, {}, memory};
    service.bridges.hold = true;
    world.settle();
    const auto body = service.ask_all()["body"];
    REQUIRE(body.size() == 2);
    CHECK(body[0]["serial_number"] == "B");
    CHECK(body[1]["x"] == 1);
  }
  SUBCASE("an unreadable one is neither served nor deleted") {
    memory->meta.reset();
    memory->array = "not ours";
    virtual_service service{world, {}, memory};
    service.bridges.hold = true;
    world.pass(10s);
    CHECK(service.ask_all()["status"] == 202);
    CHECK(*memory->array == "not ours");
  }
  SUBCASE("an empty one, as the older service leaves it after a bad day, is no cache") {
    memory->meta.reset();
    memory->array = "[]";
    virtual_service service{world, {}, memory};
    service.bridges.hold = true;
    world.pass(10s);
    CHECK(service.ask_all()["status"] == 202);
  }
}
