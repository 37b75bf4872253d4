// Takes and prolongs the lease in Redis that says which instance refreshes, and gives it back where
// this instance cannot work: NATS is away, or its refreshes fail. It then stands aside for long
// enough that another instance can take the lease; alone, it goes on without. While Redis answers
// but refuses to write, a lease that can still be read counts; once it has lapsed the instances ask
// each other over NATS who refreshes, and one that hears of nobody does. Results of two instances
// that refresh at once are merged, so that a wrong belief costs work, never devices. Threading:
// cooperative; its requests go to a redis_worker.
#pragma once

#include <memory>
#include <string>

#include "actors/bridge_client.hpp"
#include "actors/interfaces.hpp"
#include "actors/nats/client.hpp"
#include "actors/process/failure_log.hpp"
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
  void held(const lease_answer& answer);
  void note_refusal(const std::string& why);
  void ask_peers();
  void heard(bool another_refreshes, bool waited);
  void round_over();
  bool goes_before(const std::string& another, bool claims) const;
  void redis_away();
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
  time_point connected{};   ///< when NATS was last seen connected
  time_point aside_until{}; ///< the lease is not taken before
  bool released = false;    ///< stopping: not taken again

  std::string refusal;   ///< why Redis refuses to write; empty: it does not
  bool in_redis = false; ///< the lease that stands there is ours
  int unanswered = 0;    ///< questions in a row to which no other instance said that it refreshes
  failure_log refusals{"Redis refuses to write"};
};

/// `timeout`: what the worker's backend takes at most for one call. The other instances are asked
/// on `peer_subject`; the store is told when Redis takes writes again.
lease_keeper_actor::behavior_type lease_keeper(lease_keeper_state::pointer self,
                                               redis_worker_actor worker, redis_store_actor store,
                                               std::shared_ptr<nats_client> nats,
                                               bridge_access peers, std::string peer_subject,
                                               std::string holder, caf::timespan timeout);

} // namespace hawkeye
