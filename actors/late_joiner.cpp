#include "actors/late_joiner.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace hawkeye {

constexpr caf::timespan joining_interval = std::chrono::milliseconds{100};
constexpr caf::timespan longest_wait = std::chrono::seconds{10};
/// An instance that has a snapshot answers within this time. A request or its reply can be lost, so
/// several are sent.
constexpr caf::timespan serving_timeout = std::chrono::milliseconds{300};
constexpr int most_questions = 3;
constexpr caf::timespan local_limit = std::chrono::seconds{1};

void late_joiner_state::look() {
  if (joined)
    return;
  self->request(store, local_limit, restored_atom_v)
      .then([this](const known_snapshot& current) { decide(current); },
            [this](const caf::error&) { decide({}); });
}

void late_joiner_state::decide(const known_snapshot& current) {
  const bool is_late = self->clock().now() >= join_at;
  const bool has_devices = current.value && current.value->size() > 0;
  const bool no_peer_serves = unanswered >= most_questions;
  const bool knows_all = current.looked_at_redis && (has_devices || no_peer_serves);
  if (knows_all || (has_devices && no_peer_serves) || is_late)
    join_now();
  else if (!no_peer_serves && !asking)
    ask_peers();
  if (!joined)
    self->delayed_send(self, joining_interval, tick_atom_v);
}

/// Only instances that have joined and have a snapshot to serve answer, so not this one. While one
/// does and Redis was not looked at, what this instance has may be a part of what the other serves.
void late_joiner_state::ask_peers() {
  asking = true;
  const auto asked = self->clock().now();
  ask_bridge(self, peers, peer_subject, R"({"ask":"status","serving":true})", serving_timeout,
             [this, asked](const expected<json_slice>& reply) {
               asking = false;
               // Without a connection to NATS the request fails at once and tells nothing.
               const bool waited = self->clock().now() - asked >= serving_timeout;
               unanswered = waited && !reply.has_value() ? unanswered + 1 : 0;
               if (reply.has_value()) // another instance serves, so nobody waits for this one
                 join_at = self->clock().now() + longest_wait;
             });
}

void late_joiner_state::join_now() {
  if (auto why = join())
    spdlog::error("the queue group cannot be joined: {}", why->reason);
  else
    joined = true;
}

late_joiner_actor::behavior_type late_joiner(late_joiner_state::pointer self,
                                             redis_store_actor store, bridge_access peers,
                                             std::string peer_subject,
                                             std::function<std::optional<failure>()> join) {
  auto& state = self->state;
  state.store = std::move(store);
  state.peers = std::move(peers);
  state.peer_subject = std::move(peer_subject);
  state.join = std::move(join);
  state.join_at = self->clock().now() + longest_wait;
  state.look();
  return {
      [self](status_atom) { return self->state.joined; },
      [self](tick_atom) { self->state.look(); },
  };
}

} // namespace hawkeye
