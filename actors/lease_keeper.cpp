#include "actors/lease_keeper.hpp"

#include <spdlog/spdlog.h>

#include "actors/redis_worker.hpp"

namespace hawkeye {

namespace {

/// While Redis is away it is asked more often, so that the lease is known soon after it is back.
constexpr caf::timespan away_round = std::chrono::seconds{1};
/// Without NATS for longer an instance cannot refresh.
constexpr caf::timespan longest_without_nats = std::chrono::seconds{10};
/// Others look for a free lease every `lease_round`: long enough for each of them.
constexpr caf::timespan aside_time = std::chrono::seconds{30};

} // namespace

void lease_keeper_state::next_round() {
  if (released)
    return;
  if (nats_is_away())
    stand_aside("NATS is away");
  const auto ttl = is_aside() ? caf::timespan::zero() : lease_ttl;
  self->request(worker, timeout_limit, lease_atom_v, holder, ttl)
      .then([this](lease_verdict verdict) { held(verdict); },
            [this](const caf::error&) { redis_away(); });
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

void lease_keeper_state::held(lease_verdict verdict) {
  if (verdict == lease_verdict::another)
    note(lease_state::another);
  else if (is_aside())
    note(lease_state::aside);
  else
    note(lease_state::ours);
  self->delayed_send(self, lease_round, tick_atom_v);
}

void lease_keeper_state::note(lease_state now) {
  if (std::exchange(known, now) == now)
    return;
  if (now == lease_state::ours)
    spdlog::info("this instance refreshes");
  else if (now == lease_state::another)
    spdlog::info("another instance refreshes, this one follows");
}

void lease_keeper_state::redis_away() {
  known = lease_state::redis_away;
  self->delayed_send(self, away_round, tick_atom_v);
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
      .then([](bool) {}, [](const caf::error&) {}); // it lapses by itself
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
                                               redis_worker_actor worker,
                                               std::shared_ptr<nats_client> nats,
                                               std::string holder, caf::timespan timeout) {
  auto& state = self->state;
  state.worker = std::move(worker);
  state.nats = std::move(nats);
  state.holder = std::move(holder);
  state.timeout_limit = worker_timeout(timeout, 4);
  state.connected = self->clock().now();
  state.next_round();
  return {
      [self](lease_atom) { return self->state.known; },
      [self](tick_atom) { self->state.next_round(); },
      [self](aside_atom) { self->state.refreshes_fail(); },
      [self](release_atom) { return self->state.release(); },
  };
}

} // namespace hawkeye
