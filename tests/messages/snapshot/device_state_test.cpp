// Of two words about a device the one to the later question stands, in whatever order states come
// together.
#include "messages/snapshot/device_state.hpp"

#include <random>

#include <doctest/doctest.h>

#include "tests/messages/snapshot/words.hpp"

namespace hawkeye {
namespace {

using words::random_known;
using words::random_state;

TEST_CASE("bringing states together does not depend on the order, nor on how often") {
  std::mt19937_64 random{19};
  for (int i = 0; i < 5000; ++i) {
    const auto a = random_state(random), b = random_state(random), c = random_state(random);
    CHECK(merge(a, b) == merge(b, a));
    CHECK(merge(merge(a, b), c) == merge(a, merge(b, c)));
    CHECK(merge(a, a) == a);
    CHECK(merge(merge(a, b), b) == merge(a, b));
  }
}

TEST_CASE("content goes with its question, in whatever order") {
  std::mt19937_64 random{20};
  for (int i = 0; i < 5000; ++i) {
    const auto [a, x] = random_known(random);
    const auto [b, y] = random_known(random);
    const auto [c, z] = random_known(random);
    CHECK(merge_content(a, x, b, y) == merge_content(b, y, a, x));
    CHECK(merge_content(merge(a, b), merge_content(a, x, b, y), c, z)
          == merge_content(a, x, merge(b, c), merge_content(b, y, c, z)));
    CHECK(merge_content(a, x, a, x) == x);
  }
}

TEST_CASE("Hawkeye's part is the later list's, the client is of Bruin's later answer") {
  auto a = state_as_of(1000), b = state_as_of(2000);
  const std::string x =
      R"({"serial_number":"A","bruin_client_info":{"client_id":1},"probe_id":"x"})";
  const std::string y =
      R"({"serial_number":"A","bruin_client_info":{"client_id":2},"probe_id":"y"})";
  CHECK(merge_content(a, x, b, y) == y);
  a.client_asked = 3000;
  CHECK(merge_content(a, x, b, y)
        == R"({"serial_number":"A","bruin_client_info":{"client_id":1},"probe_id":"y"})");
  // A word without content takes none away.
  a.listing.yes = 9000;
  CHECK(merge_content(a, "", b, y) == y);
}

TEST_CASE("an object comes together again as it was cut") {
  for (const std::string json :
       {R"({"serial_number":"A","bruin_client_info":{"client_id":1},"probe_id":"x"})",
        R"({"bruin_client_info":null, "serial_number":"A"})", R"({"serial_number":"A"})", "{}", ""})
    CHECK(join_device(split_device(json)) == json);
}

TEST_CASE("a no is believed at once, or when one asked long enough after the first says the same") {
  testimony x;
  x.yes = 1'000'000;
  const auto no = [&](asked_at asked, bool at_once = false, asked_at comparable_from = 0) {
    say_no(x, asked, outcome::no_customer, at_once, 10min, comparable_from);
  };
  constexpr asked_at minute = 60'000'000, first = 5 * minute;
  SUBCASE("at once") {
    no(first, true);
    CHECK(x.is_out());
  }
  SUBCASE("only when asked so much later") {
    no(first);
    no(first + minute);
    no(first + 10 * minute - 1);
    CHECK_FALSE(x.is_out());
    CHECK(x.waits());
    CHECK(x.waits_since() == first);
    no(first + 10 * minute);
    CHECK(x.is_out());
    CHECK_FALSE(x.waits());
  }
  SUBCASE("a yes in between begins it anew") {
    no(first);
    x.yes = first + 9 * minute;
    CHECK(x.waits_since() == 0);
    no(first + 10 * minute);
    CHECK_FALSE(x.is_out());
    no(first + 20 * minute);
    CHECK(x.is_out());
  }
  SUBCASE("what lies before this process, or before its clock was set forward, does not count") {
    no(first);
    no(first + 60 * minute, false, first + 55 * minute);
    CHECK_FALSE(x.is_out());
    no(first + 65 * minute, false, first + 55 * minute);
    CHECK(x.is_out());
  }
  SUBCASE("the answer to an older question than the yes takes nothing away") {
    no(999'999, true);
    CHECK_FALSE(x.is_out());
    CHECK_FALSE(x.waits());
  }
  SUBCASE("a later yes brings it back") {
    no(first, true);
    x.yes = first + 1;
    CHECK_FALSE(x.is_out());
    CHECK_FALSE(x.waits());
  }
}

TEST_CASE("a yes that another instance heard between two no's ends the removal that they made") {
  testimony here, there;
  here.yes = there.yes = 100'000'000;
  say_no(here, 200'000'000, outcome::not_listed, false, 100s, 0);
  there.yes = 250'000'000;
  say_no(here, 300'000'000, outcome::not_listed, false, 100s, 0);
  CHECK(here.is_out());
  const auto both = merge(here, there);
  CHECK_FALSE(both.is_out());
  CHECK(both.waits());
  there.yes = 150'000'000; // before the first of them
  CHECK(merge(here, there).is_out());
}

TEST_CASE("the states of a snapshot's devices are given back as they were put in") {
  std::mt19937_64 random{21};
  state_list list;
  std::vector<device_state> states;
  for (int i = 0; i < 3000; ++i) {
    auto x = i % 3 == 0 ? random_state(random) : state_as_of(static_cast<asked_at>(random() % 99));
    if (i % 3 == 1)
      x.status = i % 2 ? "Pending" : "Active – Gold Monitoring";
    list.push_back(x);
    states.push_back(x);
  }
  REQUIRE(list.size() == states.size());
  for (std::size_t i = 0; i < states.size(); ++i)
    CHECK(list[i] == states[i]);
}

TEST_CASE("a question is later than all that were heard of, whatever the wall clock says") {
  const time_point start{std::chrono::hours{5}};
  question_clock clock{{1'600'000'000, 123'456'789}, start};
  CHECK(clock.now(start) == 1'600'000'000'123'000);
  CHECK(clock.comparable_from() == clock.now(start));
  CHECK(clock.now(start + 90s) == 1'600'000'090'123'000);
  const auto seen = clock.now(start + 90s);
  clock.raise_above(seen, start + 90s);
  CHECK(clock.now(start + 90s) > seen);
  CHECK(clock.comparable_from() == 1'600'000'000'123'000);
  // Another instance's clock goes a year ahead: durations begin anew.
  const auto ahead = seen + 365 * 86'400'000'000;
  clock.raise_above(ahead, start + 91s);
  CHECK(clock.now(start + 91s) > ahead);
  CHECK(clock.comparable_from() > ahead);
  CHECK(clock.now(start + 101s) - clock.now(start + 91s) == 10'000'000);
  // What lies behind changes nothing, nor does nonsense.
  const auto now = clock.now(start + 101s);
  clock.raise_above(5, start + 101s);
  clock.raise_above(last_asked + 1, start + 101s);
  CHECK(clock.now(start + 101s) == now);
  // What others wrote came in just now: what they counted is no duration here.
  clock.compare_from(start + 100s);
  CHECK(clock.comparable_from() == clock.now(start + 100s));
  clock.compare_from(start);
  CHECK(clock.comparable_from() == clock.now(start + 100s));
}

TEST_CASE("a wall clock that cannot be right stands for a question before all others") {
  CHECK(to_asked(timestamp{-5, 0}) == 1);
  CHECK(to_asked(timestamp{253'402'300'799, 0}) == 1);
  CHECK(to_asked(timestamp{0, 0}) == 1);
  CHECK(to_timestamp(to_asked(timestamp{1'600'000'000, 123'456'000}))
        == timestamp{1'600'000'000, 123'456'000});
}

} // namespace
} // namespace hawkeye
