// What actors must not reach for by themselves: the wall clock, chance and names. main.cpp gives
// the real ones; tests and the simulation give their own, so that every run can be repeated.
// Intervals and deadlines come from the actor clock, which is steady.
#pragma once

#include <functional>
#include <string>

#include "messages/base/pacing.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye {

struct platform {
  std::function<timestamp()> wall_clock;
  /// A new source for each actor: sources are not shared between threads.
  std::function<random_source()> make_random;
  /// Unique names for requests, tokens and this instance. May be called from any thread.
  std::function<std::string()> new_id;
};

/// System clock, std::mt19937_64 seeded from std::random_device, UUIDs of the kernel's random
/// bytes.
platform real_platform();

} // namespace hawkeye
