// What goes wrong around the service, at random by a seed: NATS, Redis and the bridges are killed,
// stopped and brought back, and the bridges answer as they should not. Threading: one owner, the
// one who started the servers.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "tests/chaos/outages.hpp"
#include "tests/support/real_world.hpp"

namespace hawkeye::chaos {

class faults {
public:
  faults(test::real_world& in, std::uint64_t seed) : world_{in}, luck_{seed} {}

  /// One of them, or the end of one. `safe`: some instance knows all devices and Redis' content,
  /// so that what the bridges say wrongly may not cost one.
  void disturb(bool safe = true);
  /// Redis loses all or one of its keys, or stands where it stood at the last call of this.
  void damage_redis();
  /// The bridges answer in another way from now on.
  void change_bridges(bool safe);
  /// False: Hawkeye's lists may lack devices now.
  bool lists_are_whole() const noexcept {
    return !lists_lack_devices_;
  }
  /// All servers run, the bridges answer as they should.
  void calm_down();

  /// When NATS was not there, or no instance could be reached over it.
  outages& of_nats() noexcept {
    return of_nats_;
  }
  std::uint64_t draw() {
    return luck_();
  }
  /// SIGSTOP, and after at most three seconds SIGCONT.
  void pause_for_a_while(test::server_process& what);
  /// Runs `end` on it where it runs; starts it where it does not.
  template <class End>
  void end_or_start(test::server_process& what, End end) {
    if (what.running())
      end(what);
    else
      what.start();
  }

private:
  void note_nats();

  test::real_world& world_;
  outages of_nats_;
  std::mt19937_64 luck_;
  std::string array_, meta_; ///< what Redis held once
  bool lists_lack_devices_ = false;
};

} // namespace hawkeye::chaos
