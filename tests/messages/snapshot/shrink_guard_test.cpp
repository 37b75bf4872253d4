// When a result may replace the snapshot, and when it must be confirmed first.
#include "messages/snapshot/shrink_guard.hpp"

#include <vector>

#include <doctest/doctest.h>

namespace hawkeye {
namespace {

struct row {
  std::optional<std::size_t> previous;
  std::size_t next;
  std::optional<std::size_t> candidate;
  verdict expected;
};

void check(const std::vector<row>& rows, const refresh_settings& with) {
  for (const auto& x : rows) {
    CAPTURE(x.previous.value_or(0));
    CAPTURE(x.next);
    CAPTURE(x.candidate.value_or(0));
    CHECK(judge(x.previous, x.next, x.candidate, with) == x.expected);
  }
}

constexpr auto publish = verdict::publish, hold = verdict::hold;

TEST_CASE("a result that lost more than half of a fleet is held until a second one confirms it") {
  check(
      {
          {100, 100, {}, publish},
          {100, 50, {}, publish},
          {100, 49, {}, hold},
          {100, 1, {}, hold},
          {101, 50, {}, hold}, // 49.5 per cent
          {100, 200, {}, publish},
          {50, 25, {}, publish},
          {50, 24, {}, hold},
          {100, 49, 49, publish},
          {1000, 300, 300, publish},
          {1000, 330, 300, publish}, // within a tenth of the candidate
          {1000, 270, 300, publish},
          {1000, 331, 300, hold},
          {1000, 269, 300, hold},
          {1000, 100, 300, hold},
          {1000, 500, 300, publish}, // no longer too small
          {1000, 1, 1, publish},
          {1000, 2, 1, hold},
      },
      {});
}

TEST_CASE("a small fleet and a first result are not guarded") {
  check(
      {{49, 1, {}, publish}, {0, 1, {}, publish}, {{}, 1, {}, publish}, {{}, 100'000, {}, publish}},
      {});
}

TEST_CASE("an empty result is never published, whatever was said") {
  refresh_settings off;
  off.guard_max_drop = 100;
  refresh_settings everything;
  everything.guard_min_devices = 0;
  for (const auto& with : {refresh_settings{}, off, everything})
    check({{100, 0, {}, hold},
           {100, 0, 0, hold},
           {{}, 0, {}, hold},
           {0, 0, 0, hold},
           {10, 0, 0, hold}},
          with);
}

TEST_CASE("the limits are those of the configuration") {
  refresh_settings off;
  off.guard_max_drop = 100;
  check({{100'000, 1, {}, publish}}, off);
  refresh_settings strict;
  strict.guard_max_drop = 0;
  strict.guard_min_devices = 1;
  check({{100, 99, {}, hold}, {100, 100, {}, publish}, {1, 1, {}, publish}, {100, 99, 99, publish}},
        strict);
  refresh_settings lenient;
  lenient.guard_max_drop = 90;
  check({{1000, 100, {}, publish}, {1000, 99, {}, hold}}, lenient);
}

} // namespace
} // namespace hawkeye
