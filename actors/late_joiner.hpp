// Joins the queue group once this instance has something to serve, or once it is known that nobody
// has: a new instance beside one that serves would answer its share of the requests with 202. Waits
// for a bounded time, so that a request is always answered by somebody. Threading: cooperative; its
// questions to other instances go over NATS.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "actors/bridge_client.hpp"
#include "actors/interfaces.hpp"
#include "messages/base/pacing.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

struct late_joiner_state {
  using pointer = late_joiner_actor::stateful_pointer<late_joiner_state>;
  static inline const char* name = "late_joiner";

  explicit late_joiner_state(pointer self) : self{self} {}

  void look();
  void decide(const known_snapshot& current);
  void ask_peers();
  void join_now();

  pointer self;
  redis_store_actor store;
  bridge_access peers;
  std::string peer_subject;
  std::function<std::optional<failure>()> join;

  time_point join_at{}; ///< at the latest
  bool joined = false;
  bool asking = false; ///< the other instances
  int unanswered = 0;  ///< questions in a row to which none of these said that it serves
};

/// `join`: subscribes; a failure says why not, and it is tried again.
late_joiner_actor::behavior_type late_joiner(late_joiner_state::pointer self,
                                             redis_store_actor store, bridge_access peers,
                                             std::string peer_subject,
                                             std::function<std::optional<failure>()> join);

} // namespace hawkeye
