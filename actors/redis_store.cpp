#include "actors/redis_store.hpp"

#include <spdlog/spdlog.h>

#include "messages/moment.hpp"

namespace hawkeye {

namespace {

constexpr caf::timespan retry_interval = std::chrono::milliseconds{250};
constexpr caf::timespan look_interval = std::chrono::seconds{3};

/// Whether the beginning of a stored meta is that of this very snapshot.
bool names(const std::string& head, const snapshot& x) {
  return read_version(head) == x.meta().version
         && (!x.meta().built_at || head.find(to_string(*x.meta().built_at)) != std::string::npos);
}

} // namespace

// -- what others ask ---------------------------------------------------------------------------

caf::result<publish_outcome> redis_store_state::publish(const snapshot_ptr& next) {
  if (!known || !trouble.empty()) {
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
  self->request(worker, patience, load_atom_v)
      .then([this](const restored_snapshot_ptr& stored) { loaded(*stored); },
            [this](const caf::error& why) { failed(why); });
}

void redis_store_state::save() {
  // No lease is asked for: the script's own check keeps a newer snapshot from being overwritten,
  // and the only copy of a refresh must not wait for a lease that another instance
  // took while Redis came back.
  self->request(worker, patience, publish_atom_v, current, std::string{})
      .then([this](publish_verdict verdict) { saved(verdict); },
            [this](const caf::error& why) { failed(why); });
}

void redis_store_state::peek() {
  self->request(worker, patience, peek_atom_v)
      .then([this](const std::string& head) { peeked(head); },
            [this](const caf::error& why) { failed(why); });
}

void redis_store_state::publish_next() {
  auto [next, promise] = std::move(to_publish.front());
  to_publish.pop_front();
  self->request(worker, patience, publish_atom_v, next, holder)
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
  if (trouble.empty() && (!to_publish.empty() || look_again || !known || unsaved))
    return step();
  for (auto& promise : std::exchange(draining, {}))
    promise.deliver(true);
  if (!std::exchange(timer_set, true))
    self->delayed_send(self, trouble.empty() ? look_interval : retry_interval, tick_atom_v);
}

// -- what the worker says ----------------------------------------------------------------------

void redis_store_state::loaded(const restored_snapshot& stored) {
  redis_answered();
  known = true;
  if (!stored.value)
    unsaved = current != nullptr;
  else if (!current)
    adopt(stored);
  else
    choose(stored);
  step_done();
}

/// Redis and memory hold different snapshots. The higher version goes, but not where versions say
/// nothing: ours was built while Redis was away, or Redis lost everything and began anew.
void redis_store_state::choose(const restored_snapshot& stored) {
  const auto& theirs = stored.value->meta();
  const auto& ours = current->meta();
  if (theirs.built_at >= ours.built_at || (!unsaved && theirs.version > ours.version))
    return adopt(stored);
  if (theirs.version >= ours.version)
    current = std::make_shared<const snapshot>(current->renumbered(theirs.version + 1));
  unsaved = true;
}

void redis_store_state::peeked(const std::string& head) {
  redis_answered();
  const auto version = read_version(head).value_or(0);
  const auto ours = current ? current->meta().version : 0;
  if (version > ours || (current && version == ours && version > 0 && !names(head, *current)))
    known = false; // another instance published: load it
  else if (version < ours)
    unsaved = true; // Redis lost what we know, or never had it
  step_done();
}

void redis_store_state::saved(publish_verdict verdict) {
  redis_answered();
  if (verdict == publish_verdict::published) {
    unsaved = false;
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
  if (fault_of(why) == fault::unreadable) {
    redis_answered();
    known = true;
    spdlog::error("the snapshot in Redis is not served and left as it is: {}", reason_of(why));
  } else {
    trouble = reason_of(why);
    if (away.tells())
      spdlog::warn("Redis is away, serving goes on from memory (attempt {}): {}", away.count(),
                   trouble);
  }
  if (!trouble.empty())
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
  current = next;
  unsaved = true;
}

void redis_store_state::tell_others() {
  self->send(gateway, publish_atom_v, updated_subject,
             "{\"version\":" + std::to_string(current->meta().version) + "}");
}

void redis_store_state::redis_answered() {
  if (!trouble.empty()) {
    spdlog::info("Redis is back");
    meter->redis_back();
  }
  trouble.clear();
  away.over();
}

redis_store_actor::behavior_type redis_store(redis_store_state::pointer self,
                                             redis_worker_actor worker, nats_gateway_actor gateway,
                                             std::string holder, std::string updated_subject,
                                             caf::timespan timeout, std::shared_ptr<meters> meter) {
  auto& state = self->state;
  state.meter = std::move(meter);
  state.worker = std::move(worker);
  state.gateway = std::move(gateway);
  state.holder = std::move(holder);
  state.updated_subject = std::move(updated_subject);
  state.patience = 4 * timeout + std::chrono::seconds{1};
  state.step();
  return {
      [self](snapshot_atom) { return self->state.current; },
      [self](publish_atom, const snapshot_ptr& next) { return self->state.publish(next); },
      [self](peek_atom) { self->state.look_now(); },
      [self](tick_atom) {
        self->state.timer_set = false;
        self->state.step();
      },
      [self](ping_atom) { return self->state.trouble; },
      [self](drain_atom) { return self->state.drain(); },
  };
}

} // namespace hawkeye
