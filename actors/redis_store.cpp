#include "actors/redis_store.hpp"

#include <spdlog/spdlog.h>

#include "actors/redis_worker.hpp"

namespace hawkeye {

namespace {

constexpr caf::timespan retry_interval = std::chrono::milliseconds{250};
constexpr caf::timespan look_interval = std::chrono::seconds{3};

snapshot_ptr renumbered(const snapshot_ptr& x, std::uint64_t version) {
  return std::make_shared<const snapshot>(x->renumbered(version));
}

} // namespace

// -- what others ask ---------------------------------------------------------------------------

caf::result<publish_outcome> redis_store_state::publish(const snapshot_ptr& next) {
  if ((!known && !beside_broken()) || !problem.empty()) {
    keep_unsaved(next);
    return publish_outcome::kept_in_memory;
  }
  auto promise = self->make_response_promise<publish_outcome>();
  to_publish.emplace_back(next, promise);
  step();
  return promise;
}

caf::result<bool> redis_store_state::drain() {
  if (!busy && to_publish.empty())
    return true;
  auto promise = self->make_response_promise<bool>();
  draining.push_back(promise);
  return promise;
}

void redis_store_state::look_now() {
  look_again = true;
  step();
}

// -- steps -------------------------------------------------------------------------------------

void redis_store_state::step() {
  if (busy)
    return;
  busy = true;
  look_again = false;
  if (!known)
    load();
  else if (!to_publish.empty())
    publish_next();
  else if (unsaved)
    save();
  else
    peek();
}

void redis_store_state::load() {
  self->request(worker, timeout_limit, load_atom_v)
      .then([this](const restored_snapshot_ptr& stored) { loaded(*stored); },
            [this](const caf::error& why) { failed(why); });
}

void redis_store_state::save() {
  // No lease is asked for: the script's own check keeps a newer snapshot from being overwritten,
  // and the only copy of a refresh must not wait for a lease that another instance
  // took while Redis came back.
  self->request(worker, timeout_limit, publish_atom_v, current, std::string{})
      .then([this](publish_verdict verdict) { saved(verdict); },
            [this](const caf::error& why) { failed(why); });
}

void redis_store_state::peek() {
  self->request(worker, timeout_limit, peek_atom_v)
      .then([this](const std::string& head) { peeked(head); },
            [this](const caf::error& why) { failed(why); });
}

void redis_store_state::publish_next() {
  auto [finished, promise] = std::move(to_publish.front());
  to_publish.pop_front();
  const auto next = above_floor(finished);
  self->request(worker, timeout_limit, publish_atom_v, next, holder)
      .then([this, next = next,
             promise = promise](publish_verdict verdict) { published(next, promise, verdict); },
            [this, next = next, promise = promise](const caf::error& why) mutable {
              keep_unsaved(next);
              promise.deliver(publish_outcome::kept_in_memory);
              failed(why);
            });
}

void redis_store_state::step_done() {
  busy = false;
  // What is broken may refuse us again and again, with a lie about when it was built.
  const bool more = (!known || unsaved) && !beside_broken();
  if (problem.empty() && (!to_publish.empty() || look_again || more))
    return step();
  for (auto& promise : std::exchange(draining, {}))
    promise.deliver(true);
  if (!std::exchange(timer_set, true))
    self->delayed_send(self, problem.empty() ? look_interval : retry_interval, tick_atom_v);
}

// -- what the worker says ----------------------------------------------------------------------

void redis_store_state::loaded(const restored_snapshot& stored) {
  redis_answered();
  known = true;
  floor = stored.value ? 0 : stored.version;
  if (!stored.value)
    nothing_to_serve(stored);
  else if (!current)
    adopt(stored);
  else
    choose(stored);
  step_done();
}

/// Ours, and the next refresh, replace what is broken.
void redis_store_state::nothing_to_serve(const restored_snapshot& stored) {
  if (!stored.broken.empty())
    spdlog::error("the snapshot in Redis is not served and left as it is: {}", stored.broken);
  unsaved = current != nullptr;
  if (current)
    current = above_floor(current);
}

snapshot_ptr redis_store_state::above_floor(const snapshot_ptr& x) const {
  return x->meta().version > floor ? x : renumbered(x, floor + 1);
}

/// Redis and memory hold different snapshots. The higher version goes, but not where versions say
/// nothing: ours was built while Redis was away, Redis lost everything and began anew, or theirs is
/// another program's array.
void redis_store_state::choose(const restored_snapshot& stored) {
  const auto& theirs = stored.value->meta();
  const auto& ours = current->meta();
  const bool later = !unsaved && theirs.built_at && theirs.version > ours.version;
  if (theirs.built_at >= ours.built_at || later)
    return adopt(stored);
  if (theirs.version >= ours.version)
    current = renumbered(current, theirs.version + 1);
  unsaved = true;
}

void redis_store_state::peeked(const std::string& head) {
  redis_answered();
  const auto version = read_version(head).value_or(0);
  const auto ours = current ? current->meta().version : floor;
  if (version > ours || (current && version == ours && version > 0 && !is_meta_of(head, *current)))
    known = false; // another instance published: load it
  else if (current && version < ours)
    unsaved = true; // Redis lost what we know, or never had it
  step_done();
}

void redis_store_state::saved(publish_verdict verdict) {
  redis_answered();
  if (verdict == publish_verdict::published) {
    unsaved = false;
    floor = 0;
    spdlog::info("snapshot {} written to Redis", current->meta().version);
    tell_others();
  } else {
    known = false; // Redis holds as much or more: look at it
  }
  step_done();
}

void redis_store_state::published(const snapshot_ptr& next, publish_promise promise,
                                  publish_verdict verdict) {
  redis_answered();
  if (verdict == publish_verdict::published) {
    current = next;
    unsaved = false;
    floor = 0;
    tell_others();
    promise.deliver(publish_outcome::published);
  } else {
    known = false;
    promise.deliver(verdict == publish_verdict::lease_lost ? publish_outcome::lease_lost
                                                           : publish_outcome::superseded);
  }
  step_done();
}

void redis_store_state::failed(const caf::error& why) {
  problem = reason_of(why);
  if (away.should_log())
    spdlog::warn("Redis is away, serving goes on from memory (attempt {}): {}", away.count(),
                 problem);
  for (auto& [next, promise] : std::exchange(to_publish, {})) {
    keep_unsaved(next);
    promise.deliver(publish_outcome::kept_in_memory);
  }
  step_done();
}

// -- the current snapshot ----------------------------------------------------------------------

void redis_store_state::adopt(const restored_snapshot& stored) {
  current = stored.value;
  unsaved = false;
  spdlog::info("snapshot {} with {} devices taken from Redis{}{}", current->meta().version,
               current->size(), stored.note.empty() ? "" : ": ", stored.note);
}

void redis_store_state::keep_unsaved(const snapshot_ptr& next) {
  current = above_floor(next);
  unsaved = true;
}

void redis_store_state::tell_others() {
  self->send(gateway, publish_atom_v, updated_subject,
             "{\"version\":" + std::to_string(current->meta().version) + "}");
}

void redis_store_state::redis_answered() {
  if (!problem.empty()) {
    spdlog::info("Redis is back");
    metrics->redis_back();
  }
  problem.clear();
  away.over();
}

redis_store_actor::behavior_type redis_store(redis_store_state::pointer self,
                                             redis_worker_actor worker, nats_gateway_actor gateway,
                                             std::string holder, std::string updated_subject,
                                             caf::timespan timeout,
                                             std::shared_ptr<metrics_registry> metrics) {
  auto& state = self->state;
  state.metrics = std::move(metrics);
  state.worker = std::move(worker);
  state.gateway = std::move(gateway);
  state.holder = std::move(holder);
  state.updated_subject = std::move(updated_subject);
  state.timeout_limit = worker_timeout(timeout, 4);
  state.step();
  return {
      [self](snapshot_atom) { return self->state.current; },
      [self](publish_atom, const snapshot_ptr& next) { return self->state.publish(next); },
      [self](peek_atom) { self->state.look_now(); },
      [self](tick_atom) {
        self->state.timer_set = false;
        self->state.step();
      },
      [self](ping_atom) { return self->state.problem; },
      [self](drain_atom) { return self->state.drain(); },
  };
}

} // namespace hawkeye
