// A seed is found where NATS' tools write it, checked whole, and its owner's public key follows.
#include <doctest/doctest.h>

#include "messages/config/nkey.hpp"

using namespace hawkeye;

namespace {

/// Of RFC 8032's first test vector, written by the rules of nkeys.
const std::string seed = "SUAJ2YNRTXX72WTAXKCEV5ES5QWMIRCJYVUXWMTJDFYDXLADDSXH6YALCA";
const std::string public_key = "UDLVVGABQKYQVN6VJP7NHSLEA45A5YLS6PNKMIZFV4BBU2HXA5IRUVAL";

} // namespace

TEST_CASE("a user's seed is found alone, with white space, and between the marks of NATS' tools") {
  for (const auto& text :
       {seed, seed + "\n", "  " + seed + " \r\n", "# mine\n\n" + seed,
        "-----BEGIN USER NKEY SEED-----\n" + seed + "\n------END USER NKEY SEED------\n"}) {
    CAPTURE(text);
    const auto found = find_user_seed(text);
    REQUIRE(found.has_value());
    CHECK(*found == seed);
  }
}

TEST_CASE("the public key of a seed is the one that the server knows") {
  const auto key = public_user_key(seed);
  REQUIRE(key.has_value());
  CHECK(*key == public_key);
}

TEST_CASE("what is no whole seed of a user is refused, and nothing of it is shown") {
  for (std::size_t i = 2; i < seed.size(); ++i) {
    auto wrong = seed;
    wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
    CAPTURE(wrong);
    const auto found = find_user_seed(wrong);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().reason.find(wrong.substr(2, 10)) == std::string::npos);
    CHECK_FALSE(public_user_key(wrong).has_value());
  }
  for (const auto& text : {std::string{}, std::string{"SU"}, seed.substr(1), seed + "A",
                           seed.substr(0, 57), "SU" + std::string(56, '!'), public_key})
    CHECK_FALSE(find_user_seed(text).has_value());
}
