#include <vector>

#include <doctest/doctest.h>

#include "messages/base/log_backoff.hpp"

using namespace hawkeye;

TEST_CASE("of failures in a row the 1st, 2nd, 4th, 8th are told, and the next row begins anew") {
  log_backoff x;
  const auto told_of = [&x](std::uint64_t failures) {
    std::vector<std::uint64_t> told;
    while (x.count() < failures)
      if (x.should_log())
        told.push_back(x.count());
    return told;
  };
  CHECK(told_of(1000) == std::vector<std::uint64_t>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512});
  x.over();
  CHECK(told_of(3) == std::vector<std::uint64_t>{1, 2});
}
