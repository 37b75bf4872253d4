// Takes and renews the lease in Redis that says which instance refreshes. Releases it if this
// instance cannot work: NATS is not reachable, or its refreshes fail. It then stands aside long
// enough for another instance to take the lease; if none does, this instance goes on without the
// lease. While Redis answers but refuses writes, a lease that can still be read is valid. Once that
// lease has expired, the instances ask each other over NATS which one refreshes; an instance that
// gets no answer refreshes itself. The results of two instances that refresh at the same time are
// merged, so a wrong decision costs work but never devices. Threading: cooperative; its requests go
// to a redis_worker.
#pragma once

#include <memory>
#include <string>

#include "actors/bridge_client.hpp"
#include "actors/interfaces.hpp"
#include "actors/nats/client.hpp"
#include "actors/process/failure_log.hpp"
#include "messages/base/pacing.hpp"

namespace hawkeye {

/// The lease expires this long after its last renewal. If the holder dies, another instance
/// replaces it within this time plus one round.
constexpr caf::timespan lease_ttl = std::chrono::seconds{10};
constexpr caf::timespan lease_round = std::chrono::seconds{3};

struct lease_keeper_state {
  using pointer = lease_keeper_actor::stateful_pointer<lease_keeper_state>;
  static inline const char* name = "lease_keeper";

  explicit lease_keeper_state(pointer self) : self{self} {}

  void next_round();
  void lease_answered(const lease_answer& answer);
  void note_refusal(const std::string& why);
  void ask_peers();
  void peers_answered(bool another_refreshes, bool were_asked);
  void round_over();
  bool has_priority(const std::string& another, bool claims) const;
  void redis_failed();
  void refreshes_fail();
  void stand_aside(const char* reason);
  void note(lease_state now);
  bool nats_is_away();
  bool is_aside() const;
  caf::result<bool> release();

  pointer self;
  redis_worker_actor worker;
  redis_store_actor store;
  std::shared_ptr<nats_client> nats;
  bridge_access peers;
  std::string peer_subject;
  std::string holder;
  caf::timespan timeout_limit{};
  lease_state known = lease_state::undecided;
  time_point connected{};   ///< when NATS was last connected
  time_point aside_until{}; ///< the lease is not taken before this time
  bool released = false;    ///< stopping: the lease is not taken again

  std::string refusal;      ///< why Redis refuses writes; empty: it does not
  bool store_waits = false; ///< the store waits long for its next attempt, because of a refusal
  bool in_redis = false;    ///< this instance holds the lease in Redis
  int unanswered = 0;       ///< requests in a row to which no instance answered that it refreshes
  failure_log refusals{"Redis refuses to write"};
};

/// `timeout`: the longest time of one call of the worker's backend. Requests to the other instances
/// go to `peer_subject`. The store is notified when Redis accepts writes again.
lease_keeper_actor::behavior_type lease_keeper(lease_keeper_state::pointer self,
                                               redis_worker_actor worker, redis_store_actor store,
                                               std::shared_ptr<nats_client> nats,
                                               bridge_access peers, std::string peer_subject,
                                               std::string holder, caf::timespan timeout);

} // namespace hawkeye
