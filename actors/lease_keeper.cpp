#include "actors/lease_keeper.hpp"

#include <spdlog/spdlog.h>

#include "actors/redis_worker.hpp"

namespace hawkeye {

namespace {

/// While Redis is away it is asked more often, so that the lease is known soon after it is back.
constexpr caf::timespan away_round = std::chrono::seconds{1};

} // namespace

void lease_keeper_state::hold() {
  if (released)
    return;
  self->request(worker, timeout_limit, lease_atom_v, holder, lease_ttl)
      .then([this](lease_verdict verdict) { held(verdict); },
            [this](const caf::error&) { redis_away(); });
}

void lease_keeper_state::held(lease_verdict verdict) {
  const auto now = verdict == lease_verdict::ours ? lease_state::ours : lease_state::another;
  if (std::exchange(known, now) != now)
    spdlog::info(now == lease_state::ours ? "this instance refreshes"
                                          : "another instance refreshes, this one follows");
  self->delayed_send(self, lease_round, tick_atom_v);
}

void lease_keeper_state::redis_away() {
  known = lease_state::redis_away;
  self->delayed_send(self, away_round, tick_atom_v);
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
                                               redis_worker_actor worker, std::string holder,
                                               caf::timespan timeout) {
  auto& state = self->state;
  state.worker = std::move(worker);
  state.holder = std::move(holder);
  state.timeout_limit = worker_timeout(timeout, 4);
  state.hold();
  return {
      [self](lease_atom) { return self->state.known; },
      [self](tick_atom) { self->state.hold(); },
      [self](release_atom) { return self->state.release(); },
  };
}

} // namespace hawkeye
