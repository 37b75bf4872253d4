// The wall clock, randomness and unique ids, which actors must not access directly. main.cpp uses
// the real ones; tests and the simulation use their own, so that every run can be repeated.
// Intervals and deadlines use the actor clock, which is steady.
#pragma once

#include <functional>
#include <string>

#include "messages/base/pacing.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye {

struct platform {
  std::function<timestamp()> wall_clock;
  /// Creates a source. Each actor has its own, because sources are not shared between threads.
  std::function<random_source()> make_random;
  /// Creates unique ids for requests, tokens and this instance. May be called from any thread.
  std::function<std::string()> new_id;
};

/// The system clock, std::mt19937_64 seeded by std::random_device, and UUIDs from the kernel's
/// random bytes.
platform real_platform();

} // namespace hawkeye
