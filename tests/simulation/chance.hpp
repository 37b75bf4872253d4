// Everything that a seed decides, drawn from one generator in one order, so that a seed is a whole
// story: the same one each time.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace hawkeye::simulation {

class chance {
public:
  explicit chance(std::uint64_t seed) : engine_{seed} {}

  /// A number in [0, below); 0 for 0.
  std::size_t below(std::size_t below) {
    return below == 0 ? 0 : static_cast<std::size_t>(engine_() % below);
  }

  /// A number in [least, most].
  std::size_t between(std::size_t least, std::size_t most) {
    return least + below(most - least + 1);
  }

  /// True `rate` times in a thousand.
  bool per_mille(unsigned rate) {
    return rate > 0 && below(1000) < rate;
  }

  bool one_in(std::size_t n) {
    return below(n) == 0;
  }

  std::mt19937_64& engine() noexcept {
    return engine_;
  }

private:
  std::mt19937_64 engine_;
};

/// How often what goes wrong, times in a thousand. A seed switches some kinds off, so that the
/// others get to act alone.
struct faults {
  unsigned lost = 0, late = 0, delayed = 0, repeated = 0; ///< a bridge's reply as a message
  unsigned corrupted = 0, refused = 0, emptied = 0;       ///< ... and what it says
  unsigned partial = 0, stored = 0;                       ///< ... of Hawkeye's
  unsigned redis_before = 0, redis_after = 0;             ///< one call to Redis
  unsigned update_lost = 0, update_delayed = 0, update_repeated = 0; ///< `updated` messages

  static faults drawn(chance& luck) {
    const auto rate = [&luck](unsigned most) {
      return luck.one_in(2) ? 0 : static_cast<unsigned>(luck.between(1, most));
    };
    faults x;
    x.lost = rate(150), x.late = rate(80), x.delayed = rate(400), x.repeated = rate(200);
    x.corrupted = rate(150), x.refused = rate(150), x.emptied = rate(60);
    x.partial = rate(300), x.stored = rate(200);
    x.redis_before = rate(60), x.redis_after = rate(60);
    x.update_lost = rate(500), x.update_delayed = rate(500), x.update_repeated = rate(300);
    return x;
  }
};

} // namespace hawkeye::simulation
