// Takes and prolongs the lease in Redis that says which instance refreshes. Knows no more than
// Redis last said; that the holder may still publish is checked in Redis itself, by the script that
// publishes. Threading: cooperative; its requests go to a redis_worker.
#pragma once

#include <string>

#include "actors/interfaces.hpp"

namespace hawkeye {

/// The lease lapses this long after its holder's last word; a dead holder is replaced within this
/// and one round.
constexpr caf::timespan lease_ttl = std::chrono::seconds{10};
constexpr caf::timespan lease_round = std::chrono::seconds{3};

struct lease_keeper_state {
  using pointer = lease_keeper_actor::stateful_pointer<lease_keeper_state>;
  static inline const char* name = "lease_keeper";

  explicit lease_keeper_state(pointer self) : self{self} {}

  void hold();
  void held(lease_verdict verdict);
  void redis_away();
  caf::result<bool> release();

  pointer self;
  redis_worker_actor worker;
  std::string holder;
  caf::timespan timeout_limit{};
  lease_state known = lease_state::undecided;
  bool released = false; ///< stopping: not taken again
};

lease_keeper_actor::behavior_type lease_keeper(lease_keeper_state::pointer self,
                                               redis_worker_actor worker, std::string holder,
                                               caf::timespan timeout);

} // namespace hawkeye
