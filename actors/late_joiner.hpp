// Joins the queue group of the RPC once this instance has something to serve, or once it is known
// that no instance has. A new instance beside one that serves would otherwise answer its share of
// the requests with 202. The wait is bounded, so that some instance always answers. Threading:
// cooperative; it asks other instances over NATS.
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

  time_point join_at{}; ///< latest time to join
  bool joined = false;
  bool asking = false; ///< a request to the other instances is under way
  int unanswered = 0;  ///< requests in a row to which no instance answered that it serves devices
};

/// `join` subscribes; after a failure, which it returns, it is called again.
late_joiner_actor::behavior_type late_joiner(late_joiner_state::pointer self,
                                             redis_store_actor store, bridge_access peers,
                                             std::string peer_subject,
                                             std::function<std::optional<failure>()> join);

} // namespace hawkeye
