// The Redis in memory that the other tests stand on keeps the rules of the real one: the same
// calls, the same answers.
#include <doctest/doctest.h>
#include <hiredis/hiredis.h>

#include "actors/redis/connection.hpp"
#include "messages/config/config.hpp"
#include "messages/config/redis_uri.hpp"
#include "messages/history/explanations.hpp"
#include "tests/support/fake_redis.hpp"
#include "tests/support/rights.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

std::string meta_of(std::uint64_t version, const char* built_at) {
  return R"({"version":)" + std::to_string(version) + R"(,"built_at":")" + built_at
         + R"(","counts":{}})";
}

redis_address address_of(const server_process& server) {
  redis_address result;
  result.host = "127.0.0.1";
  result.port = server.port();
  return result;
}

std::string word(const expected<publish_verdict>& x) {
  if (const auto* why = error_of(x))
    return why->reason;
  switch (*x) {
  case publish_verdict::published:
    return "published";
  default:
    return "superseded";
  }
}

std::string word(const expected<lease_verdict>& x) {
  if (const auto* why = error_of(x))
    return why->reason;
  return *x == lease_verdict::ours ? "ours" : *x == lease_verdict::free ? "free" : "another's";
}

std::string held(redis_backend& by) {
  const auto stored = by.load();
  const auto* values = value_of(stored);
  return values && values->array ? std::string{values->array->view()} : "nothing";
}

/// Of the meta of this version.
std::string head_of(std::uint64_t version) {
  return meta_of(version, "2026-01-01T10:00:00Z").substr(0, meta_head_bytes);
}

struct attempt {
  std::uint64_t expected_version, version;
  const char* expected;
};

/// Calls `look` with the real Redis, and then with the one in memory.
void with_both(const std::function<void(redis_backend*)>& look) {
  const auto server = start_redis(free_port(), redis_users());
  const auto where = parse_redis_uri(redis_url(server, "hawkeye"));
  redis_connection real{*where, "hawkeye", 5s};
  auto memory = std::make_shared<redis_memory>();
  memory->now = [] {
    return std::chrono::steady_clock::now();
  };
  fake_redis fake{memory};
  for (redis_backend* each :
       {static_cast<redis_backend*>(&real), static_cast<redis_backend*>(&fake)}) {
    CAPTURE(each == &fake);
    REQUIRE(eventually([&] { return each->peek().has_value(); }));
    look(each);
  }
}

} // namespace

TEST_CASE("a publish is taken or refused for the same reasons by both") {
  const std::vector<attempt> attempts{
      {7, 3, "published"}, // nothing stands there
      {2, 4, "superseded"}, {3, 4, "published"},
      {3, 4, "superseded"}, // the same again: it was done
      {5, 6, "superseded"}, {4, 9, "published"},
  };
  with_both([&](redis_backend* each) {
    std::string stands = "nothing";
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      const auto& [expected_version, version, expected] = attempts[i];
      CAPTURE(i);
      const auto array = "[" + std::to_string(i) + "]";
      const auto meta = meta_of(version, "2026-01-01T10:00:00Z");
      CHECK(word(each->publish(array, meta, head_of(expected_version))) == expected);
      if (std::string{expected} == "published")
        stands = array;
      CHECK(held(*each) == stands);
    }
    const auto stored = each->peek();
    REQUIRE(stored.has_value());
    CHECK(read_version(stored->meta_head) == 9);
    CHECK(stored->array_bytes == 3);
  });
}

TEST_CASE("the lease is taken, renewed, looked at and given back in the same way by both") {
  with_both([&](redis_backend* each) {
    CHECK(word(each->hold_lease("me", 0ms)) == "free");
    CHECK(word(each->hold_lease("me", 60s)) == "ours");
    CHECK(word(each->hold_lease("me", 60s)) == "ours");
    CHECK(word(each->hold_lease("me", 0ms)) == "ours");
    CHECK(word(each->hold_lease("other", 60s)) == "another's");
    CHECK(word(each->hold_lease("other", 0ms)) == "another's");
    CHECK(*each->release_lease("other") == false);
    CHECK(*each->release_lease("me") == true);
    CHECK(word(each->hold_lease("other", 60s)) == "ours");
  });
}

TEST_CASE("incidents and payloads are kept, and explanations of a later version stay") {
  with_both([&](redis_backend* each) {
    CHECK_FALSE(*each->load_incidents());
    CHECK_FALSE(each->keep_incidents("{}"));
    CHECK(**each->load_incidents() == "{}");
    CHECK(*each->eviction_policy() == "noeviction");
    CHECK_FALSE(each->keep_records("a", R"({"version":7,"format":1})", 3));
    for (int again = 0; again < 2; ++again) // as if the answer had been lost
      CHECK_FALSE(each->keep_records("b", R"({"version":6,"format":1})", 3));
    CHECK((*each->load_explanations(1000))->view() == R"({"version":7,"format":1})");
    CHECK(*each->load_reports(3) == std::vector<std::string>{"b", "a"});
  });
}

TEST_CASE("of the reports of refreshes the last ones are kept, and the journal beside them") {
  with_both([](redis_backend* each) {
    CHECK(each->load_reports(3)->empty());
    CHECK_FALSE(*each->peek_explanations());
    const std::string explanations("\0\xff" + std::string(200, 'j'));
    for (int i = 0; i < 5; ++i)
      CHECK_FALSE(each->keep_records("report " + std::to_string(i), explanations, 3));
    CHECK(*each->load_reports(3) == std::vector<std::string>{"report 4", "report 3", "report 2"});
    CHECK((*each->load_explanations(1000))->view() == explanations);
    CHECK(*each->peek_explanations() == explanations.substr(0, meta_head_bytes));
  });
}

TEST_CASE("what Redis holds is left unread where it is too large, and no reader takes it") {
  const auto server = start_redis(free_port(), {});
  redis_connection real{address_of(server), "hawkeye", 5s};
  REQUIRE(eventually([&] { return real.peek().has_value(); }));
  const std::string token = "01234567-0123-0123-0123-0123456789ab";
  REQUIRE_FALSE(real.offload(token, std::string(1001, 'x'), 60s));
  CHECK((*real.recover(token, 1001))->size() == 1001);
  const auto left = *real.recover(token, 1000);
  CHECK(left->view() == "(1001 bytes, too many to be read)");
  CHECK(std::holds_alternative<bridge_failure>(read_bridge_reply(left)));
  CHECK_FALSE(read_explanations(left->view()).has_value());
  CHECK_FALSE(read_stored_snapshot(left, std::nullopt).has_value());
}

TEST_CASE("a stored reply expires when it should, and what is kept never does") {
  const auto server = start_redis(free_port(), {});
  redis_connection real{address_of(server), "hawkeye", 5s};
  REQUIRE(eventually([&] { return real.peek().has_value(); }));
  const std::string token(36, 'x');
  REQUIRE_FALSE(real.offload(token, "reply", 300s));
  REQUIRE(word(real.publish("[]", meta_of(1, "2020-01-01T00:00:00Z"), "")) == "published");
  const std::unique_ptr<redisContext, decltype(&redisFree)> other{
      redisConnect("127.0.0.1", server.port()), redisFree};
  const auto seconds_left = [&](const std::string& key) {
    const std::unique_ptr<void, decltype(&freeReplyObject)> reply{
        redisCommand(other.get(), "TTL %s", key.c_str()), freeReplyObject};
    return static_cast<const redisReply*>(reply.get())->integer;
  };
  CHECK(seconds_left(token) > 290);
  CHECK(seconds_left(token) <= 300);
  CHECK(seconds_left("hawkeye") == -1);
  CHECK(seconds_left("hawkeye:meta") == -1);
}

TEST_CASE("a key of another of Redis' types is left unread, and replaced by the next publish") {
  const auto server = start_redis(free_port(), redis_users());
  const auto where = *parse_redis_uri(redis_url(server, "hawkeye"));
  redis_connection real{where, "hawkeye", 5s};
  REQUIRE(eventually([&] { return real.peek().has_value(); }));
  REQUIRE(word(real.publish("[1]", meta_of(5, "2026-01-01T10:00:00Z"), "")) == "published");
  std::string array = "(no text, but another of Redis' types)";
  std::optional<std::string> meta = meta_of(5, "2026-01-01T10:00:00Z");
  std::uint64_t next = 6;
  SUBCASE("the array") {
    redis_cli(server, {"DEL", "hawkeye"});
    redis_cli(server, {"LPUSH", "hawkeye", "x"});
  }
  SUBCASE("the meta") {
    redis_cli(server, {"DEL", "hawkeye:meta"});
    redis_cli(server, {"LPUSH", "hawkeye:meta", "x"});
    array = "[1]";
    meta.reset();
    next = 1;
  }
  const auto stored = real.load();
  REQUIRE(stored.has_value());
  CHECK(stored->array->view() == array);
  CHECK(stored->meta.value_or("") == meta.value_or("").substr(0, meta_head_bytes));
  CHECK(word(real.publish("[2]", meta_of(next, "2026-01-01T11:00:00Z"), head_of(5)))
        == "published");
  CHECK(held(real) == "[2]");
}

TEST_CASE("only a key that has the form of a token is looked up, and never the snapshot's") {
  const auto server = start_redis(free_port(), {});
  const std::string key = "a-key-that-looks-like-a-token"; // as an operator may choose it
  redis_connection real{address_of(server), key, 5s};
  REQUIRE(eventually([&] { return real.peek().has_value(); }));
  for (const auto& name : {key, key + ":meta", std::string{"short"}, std::string(41, 'x'),
                           std::string{"twenty letters and spaces"}}) {
    REQUIRE_FALSE(real.offload(name, "secret", 60s));
    CHECK_FALSE(*real.recover(name, 1000));
  }
  const std::string good(20, 'x');
  REQUIRE_FALSE(real.offload(good, "reply", 60s));
  CHECK((*real.recover(good, 1000))->view() == "reply");
  // What is no text is not there, which is no failure of Redis.
  const std::string list(20, 'y');
  const std::unique_ptr<redisContext, decltype(&redisFree)> other{
      redisConnect("127.0.0.1", server.port()), redisFree};
  freeReplyObject(redisCommand(other.get(), "RPUSH %s x", list.c_str()));
  const auto foreign = real.recover(list, 1000);
  REQUIRE(foreign.has_value());
  CHECK_FALSE(*foreign);
}
