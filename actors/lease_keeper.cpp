#include "actors/lease_keeper.hpp"

#include <spdlog/spdlog.h>

#include "actors/redis_worker.hpp"
#include "messages/base/json_writer.hpp"

namespace hawkeye {

/// While Redis is not reachable it is asked more often, so that the lease is known soon after it is
/// back.
constexpr caf::timespan round_while_away = std::chrono::seconds{1};
/// An instance that is disconnected from NATS for longer than this cannot refresh.
constexpr caf::timespan longest_without_nats = std::chrono::seconds{10};
/// Other instances look for a free lease every `lease_round`, so this is long enough for each of
/// them.
constexpr caf::timespan aside_time = std::chrono::seconds{30};
/// An instance that refreshes answers another one within this time. A request or its reply can be
/// lost, so several are sent.
constexpr caf::timespan claim_timeout = std::chrono::milliseconds{500};
constexpr int most_unanswered = 3;

void lease_keeper_state::next_round() {
  if (released)
    return;
  if (nats_is_away())
    stand_aside("NATS is away");
  const auto ttl = is_aside() ? caf::timespan::zero() : lease_ttl;
  self->request(worker, timeout_limit, lease_atom_v, holder, ttl)
      .then([this](const lease_answer& answer) { lease_answered(answer); },
            [this](const caf::error&) { redis_failed(); });
}

bool lease_keeper_state::nats_is_away() {
  const auto now = self->clock().now();
  if (nats->connected())
    connected = now;
  return now - connected >= longest_without_nats;
}

bool lease_keeper_state::is_aside() const {
  return self->clock().now() < aside_until;
}

void lease_keeper_state::lease_answered(const lease_answer& answer) {
  note_refusal(answer.refusal);
  in_redis = answer.holder == lease_verdict::ours;
  const bool no_lease_is_left = !refusal.empty() && answer.holder == lease_verdict::free;
  if (answer.holder == lease_verdict::another)
    note(lease_state::another);
  else if (is_aside())
    note(lease_state::aside);
  else if (no_lease_is_left)
    return ask_peers();
  else
    note(lease_state::ours);
  round_over();
}

void lease_keeper_state::round_over() {
  unanswered = 0;
  self->delayed_send(self, lease_round, tick_atom_v);
}

void lease_keeper_state::note_refusal(const std::string& why) {
  if (why.empty() && !refusal.empty())
    spdlog::info("Redis takes writes again");
  // Otherwise the store's next attempt to write could be half a minute away. It may be another
  // Redis meanwhile.
  if (why.empty() && store_waits)
    self->send(store, wake_atom_v);
  store_waits = !why.empty();
  refusal = why;
  refusals.note(why.empty() ? std::nullopt : std::optional{failure{why}});
}

// -- while Redis refuses to write --------------------------------------------------------------

/// This instance receives the request, too, but does not answer itself. An instance of an earlier
/// version answers if it holds a lease.
void lease_keeper_state::ask_peers() {
  json_writer question;
  question.begin_object().member("ask", "status").member("instead_of", holder);
  question.member("claims", known == lease_state::ours);
  const auto asked = self->clock().now();
  ask_bridge(self, peers, peer_subject, question.end_object().take(), claim_timeout,
             [this, asked](const expected<json_slice>& reply) {
               // NATS says at once if nobody listens, not even this instance.
               const bool waited = self->clock().now() - asked >= claim_timeout;
               peers_answered(reply.has_value(), waited || nats->connected());
             });
}

/// If there is no answer and `were_asked` is false, NATS is not connected: nobody can be asked, and
/// nothing can be refreshed.
void lease_keeper_state::peers_answered(bool another_refreshes, bool were_asked) {
  if (released)
    return;
  if (is_aside())
    note(lease_state::aside);
  else if (another_refreshes)
    note(lease_state::another);
  else if (were_asked && known != lease_state::ours) {
    if (++unanswered < most_unanswered)
      return ask_peers();
    note(lease_state::ours);
  }
  round_over();
}

/// True if this instance refreshes and the other one must not: because the other one does not claim
/// to refresh, because this instance holds the lease in Redis, or, if both claim it, because its
/// name is the smaller one.
bool lease_keeper_state::has_priority(const std::string& another, bool claims) const {
  return known == lease_state::ours && !released && another != holder
         && (!claims || in_redis || holder < another);
}

// -- who refreshes -----------------------------------------------------------------------------

void lease_keeper_state::note(lease_state now) {
  if (std::exchange(known, now) == now)
    return;
  if (now == lease_state::ours)
    spdlog::info("this instance refreshes");
  else if (now == lease_state::another)
    spdlog::info("another instance refreshes, this one follows");
}

void lease_keeper_state::redis_failed() {
  refusal.clear();
  in_redis = false;
  unanswered = 0;
  known = lease_state::redis_away;
  self->delayed_send(self, round_while_away, tick_atom_v);
}

void lease_keeper_state::refreshes_fail() {
  if (known == lease_state::ours)
    stand_aside("refreshes of this instance fail");
}

void lease_keeper_state::stand_aside(const char* reason) {
  aside_until = self->clock().now() + aside_time;
  if (known != lease_state::ours)
    return;
  spdlog::warn("the lease to refresh is given back for another instance to try: {}", reason);
  known = lease_state::aside;
  self->request(worker, timeout_limit, release_atom_v, holder)
      .then([](bool) {}, [](const caf::error&) {}); // the lease expires by itself
}

caf::result<bool> lease_keeper_state::release() {
  released = true;
  if (known != lease_state::ours)
    return false;
  auto promise = self->make_response_promise<bool>();
  self->request(worker, timeout_limit, release_atom_v, holder)
      .then([promise](bool was_ours) mutable { promise.deliver(was_ours); },
            [promise](const caf::error&) mutable { promise.deliver(false); });
  return promise;
}

lease_keeper_actor::behavior_type lease_keeper(lease_keeper_state::pointer self,
                                               redis_worker_actor worker, redis_store_actor store,
                                               std::shared_ptr<nats_client> nats,
                                               bridge_access peers, std::string peer_subject,
                                               std::string holder, caf::timespan timeout) {
  auto& state = self->state;
  state.worker = std::move(worker);
  state.store = std::move(store);
  state.nats = std::move(nats);
  state.peers = std::move(peers);
  state.peer_subject = std::move(peer_subject);
  state.holder = std::move(holder);
  state.timeout_limit = worker_timeout(timeout, 4);
  state.connected = self->clock().now();
  state.next_round();
  return {
      [self](lease_atom) { return self->state.known; },
      [self](ping_atom) { return self->state.refusal; },
      [self](leader_atom, const std::string& another, bool claims) {
        return self->state.has_priority(another, claims);
      },
      [self](tick_atom) { self->state.next_round(); },
      [self](aside_atom) { self->state.refreshes_fail(); },
      [self](release_atom) { return self->state.release(); },
  };
}

} // namespace hawkeye
