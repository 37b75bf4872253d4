// Takes and prolongs the lease in Redis that says which instance refreshes, and gives it back where
// this instance cannot work: NATS is away, or its refreshes fail. It then stands aside for long
// enough that another instance can take the lease; alone, it goes on without. Knows no more than
// Redis last answered; results of two instances that refresh at once are merged, so that a wrong
// belief costs work, never devices. Threading: cooperative; its requests go to a redis_worker.
#pragma once

#include <memory>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/nats/client.hpp"
#include "messages/base/pacing.hpp"

namespace hawkeye {

/// The lease lapses this long after its holder's last renewal; a dead holder is replaced within
/// this and one round.
constexpr caf::timespan lease_ttl = std::chrono::seconds{10};
constexpr caf::timespan lease_round = std::chrono::seconds{3};

struct lease_keeper_state {
  using pointer = lease_keeper_actor::stateful_pointer<lease_keeper_state>;
  static inline const char* name = "lease_keeper";

  explicit lease_keeper_state(pointer self) : self{self} {}

  void next_round();
  void held(lease_verdict verdict);
  void redis_away();
  void refreshes_fail();
  void stand_aside(const char* reason);
  void note(lease_state now);
  bool nats_is_away();
  bool is_aside() const;
  caf::result<bool> release();

  pointer self;
  redis_worker_actor worker;
  std::shared_ptr<nats_client> nats;
  std::string holder;
  caf::timespan timeout_limit{};
  lease_state known = lease_state::undecided;
  time_point connected{};   ///< when NATS was last seen connected
  time_point aside_until{}; ///< the lease is not taken before
  bool released = false;    ///< stopping: not taken again
};

/// `timeout`: what the worker's backend takes at most for one call.
lease_keeper_actor::behavior_type lease_keeper(lease_keeper_state::pointer self,
                                               redis_worker_actor worker,
                                               std::shared_ptr<nats_client> nats,
                                               std::string holder, caf::timespan timeout);

} // namespace hawkeye
