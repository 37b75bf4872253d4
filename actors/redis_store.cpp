#include "actors/redis_store.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/redis_worker.hpp"

namespace hawkeye {

namespace {

constexpr caf::timespan retry_interval = std::chrono::milliseconds{250};
/// A large snapshot may take longer than other calls to be read and merged.
constexpr caf::timespan longest_load = std::chrono::seconds{30};
/// A Redis that refuses writes is sent the whole array at each attempt, so the interval grows to
/// this.
constexpr caf::timespan longest_refusal_interval = std::chrono::seconds{30};
/// A single write fails if the connection was lost. If each read succeeds and the writes fail all
/// the same, Redis does not accept the snapshot: it is too large, for example, or the permission is
/// missing.
constexpr std::size_t writes_until_refusal = 2;
/// A loss within this time after the last one belongs to the same series.
constexpr caf::timespan loss_series_interval = std::chrono::minutes{1};
constexpr caf::timespan read_interval = std::chrono::seconds{3};
/// More than a few instances never write at the same time: if this is exceeded, something else is
/// wrong.
constexpr std::size_t max_superseded = 5;

/// Whether removals wait in `now` by a run of answers that `before` did not know.
bool has_new_runs(const snapshot& now, const snapshot& before) {
  if (removals_waiting(now) == 0)
    return false;
  const auto runs_of = [](const device_state& x) {
    return std::pair{x.listing.waits_since(), x.verdict.waits_since()};
  };
  std::unordered_map<std::string, std::pair<asked_at, asked_at>> known;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (const auto state = before.state(i); removal_waits(state.why_in()))
      known.emplace(serial_of(before.at(i)), runs_of(state));
  for (std::size_t i = 0; i < now.size(); ++i) {
    const auto state = now.state(i);
    if (!removal_waits(state.why_in()))
      continue;
    const auto found = known.find(serial_of(now.at(i)));
    if (found == known.end() || found->second != runs_of(state))
      return true;
  }
  return false;
}

snapshot_ptr with_version(const snapshot_ptr& x, std::uint64_t version) {
  return std::make_shared<const snapshot>(x->with_version(version));
}

} // namespace

// -- requests of other actors --------------------------------------------------------------------

/// The result of a refresh is served at once, and written as soon as Redis accepts it.
caf::result<published_snapshot> redis_store_state::publish(const snapshot_ptr& next,
                                                           const snapshot_ptr& previous) {
  current = current == previous ? next : merge(current, next);
  unsaved = true;
  if (!problem.empty() || !may_write())
    return published_snapshot{publish_outcome::kept_in_memory, current};
  auto promise = self->make_response_promise<published_snapshot>();
  waiting.push_back(promise);
  step();
  return promise;
}

caf::result<bool> redis_store_state::drain() {
  if (!busy)
    return true;
  auto promise = self->make_response_promise<bool>();
  draining.push_back(promise);
  return promise;
}

known_snapshot redis_store_state::state() const {
  return {current, ever_known, others_heard};
}

std::string redis_store_state::why_unused() const {
  if (problem.empty() && foreign_format)
    return "it holds the snapshot of a later version of this program, which is left as it is";
  return problem;
}

void redis_store_state::read_now() {
  read_again = true;
  if (!refuses_writes) // else the next attempt waits for its time, whoever sends such messages
    step();
}

void redis_store_state::write_now() {
  failed_writes = 0;
  refuses_writes = false;
  read_now();
}

/// Computed once for each snapshot, because it reads the whole array.
const std::string& redis_store_state::head_of(const snapshot_ptr& x) {
  if (last_head_of.lock() != x)
    last_head = meta_head(*x);
  last_head_of = x;
  return last_head;
}

// -- steps -------------------------------------------------------------------------------------

/// If no device was ever served, there is nothing to store.
bool redis_store_state::may_write() const {
  return current && (current->size() > 0 || !current->kept().empty()) && !foreign_format;
}

void redis_store_state::step() {
  if (busy)
    return;
  busy = true;
  read_again = false;
  if (!known)
    load();
  else if (unsaved && may_write())
    save();
  else
    peek();
}

void redis_store_state::load() {
  self->request(worker, timeout_limit + longest_load, load_atom_v, current)
      .then([this, asked = current](const loaded_snapshot_ptr& x) { loaded(*x, asked); },
            [this, begun = self->clock().now()](const caf::error& why) {
              load_took = self->clock().now() - begun;
              not_read(why);
            });
}

void redis_store_state::save() {
  const auto version = std::max(current->meta().version, next_version(stored_version));
  const auto written =
      version == current->meta().version ? current : with_version(current, version);
  current = written;
  self->request(worker, timeout_limit, publish_atom_v, written, stored_head)
      .then([this, written](publish_verdict verdict) { saved(written, verdict); },
            [this](const caf::error& why) {
              ++failed_writes;
              if (fault_of(why) == fault::refuses_writes)
                failed_writes = std::max(failed_writes, writes_until_refusal);
              refuses_writes = failed_writes >= writes_until_refusal;
              // The write may have succeeded all the same, or another instance that reaches another
              // server of the same Redis may have written.
              known = false;
              failed(reason_of(why));
            });
}

void redis_store_state::peek() {
  self->request(worker, timeout_limit, peek_atom_v)
      .then([this](const stored_sizes& stored) { peeked(stored); },
            [this](const caf::error& why) { not_read(why); });
}

void redis_store_state::step_done() {
  busy = false;
  const bool more = !known || (unsaved && may_write());
  if (problem.empty() && (read_again || more))
    return step();
  settle(publish_outcome::kept_in_memory); // no write is in progress that they could wait for
  for (auto& promise : std::exchange(draining, {}))
    promise.deliver(true);
  schedule_tick();
}

/// A tick that is scheduled for later, as while Redis refused to write, must not delay this one.
void redis_store_state::schedule_tick() {
  const auto now = self->clock().now(), due = now + pause();
  if (next_tick <= due)
    return;
  next_tick = due;
  self->delayed_send(self, due - now, tick_atom_v);
}

void redis_store_state::tick() {
  if (self->clock().now() < next_tick)
    return; // it was replaced by an earlier one
  next_tick = time_point::max();
  step();
}

caf::timespan redis_store_state::pause() const {
  if (problem.empty())
    return read_interval;
  if (!refuses_writes) // a load that takes so long must not keep the worker busy all the time
    return known || load_took < timeout_limit ? retry_interval : load_took;
  const auto doublings = std::min<std::uint64_t>(away.count(), 7);
  return std::min<caf::timespan>(retry_interval * (1 << doublings), longest_refusal_interval);
}

void redis_store_state::settle(publish_outcome outcome) {
  for (auto& promise : std::exchange(waiting, {}))
    promise.deliver(published_snapshot{outcome, current});
}

// -- replies of the worker -----------------------------------------------------------------------

void redis_store_state::loaded(const loaded_snapshot& x, const snapshot_ptr& merged_with) {
  const auto& stored = x.stored;
  known = true;
  load_took = {};
  if (!std::exchange(ever_known, true))
    check_eviction();
  stored_version = stored.version;
  stored_head = x.meta_head;
  foreign_format = stored.foreign_format;
  if (foreign_format)
    spdlog::error("the snapshot in Redis was written by a later version of this program: it is "
                  "left as it is, and nothing is written there");
  if (!stored.broken.empty())
    spdlog::error("the snapshot in Redis is not served, and {}: {}",
                  current ? "is written over" : "left as it is until the next refresh",
                  stored.broken);
  if (stored.value)
    take(x, merged_with);
  else
    unsaved = current != nullptr;
  if (!unsaved)
    failed_writes = 0;
  redis_answered();
  step_done();
}

void redis_store_state::take(const loaded_snapshot& x, const snapshot_ptr& merged_with) {
  const auto before =
      std::exchange(current, current == merged_with ? x.merged : merge(x.merged, current));
  // A note says that the meta is missing, damaged or belongs to another array: everything is
  // written again.
  unsaved = !current->shares_content_with(*x.stored.value) || !x.stored.note.empty();
  if (!before || has_new_runs(*current, *before))
    others_heard = self->clock().now();
  if (current != before)
    spdlog::info("snapshot {} with {} devices taken from Redis{}{}", current->meta().version,
                 current->size(), x.stored.note.empty() ? "" : ": ", x.stored.note);
  if (!unsaved)
    settle(publish_outcome::published);
}

void redis_store_state::peeked(const stored_sizes& stored) {
  failed_writes = 0; // no write is pending
  redis_answered();
  const bool is_new = stored != std::exchange(seen, stored);
  const bool is_ours = current && is_same_meta(stored.meta_head, head_of(current));
  if (is_ours && stored.array_bytes == static_cast<std::int64_t>(current->array().size()))
    return step_done();
  const bool is_empty = stored.meta_head.empty() && stored.array_bytes == 0;
  if (is_empty)
    foreign_format = false;
  const bool lost = may_write() && (is_empty || is_ours);
  if (lost) {
    note_loss();
    stored_version = read_version(stored.meta_head).value_or(0);
    stored_head = stored.meta_head;
    unsaved = true;
  } else if (is_new && !is_empty) {
    known = false; // another instance, or another program, has written
  }
  step_done();
}

/// Another program may delete the snapshot again and again, so losses are logged with backoff.
void redis_store_state::note_loss() {
  if (self->clock().now() - std::exchange(lost_at, self->clock().now()) > loss_series_interval)
    losses.over();
  loss_not_logged = !losses.should_log();
  if (!loss_not_logged)
    spdlog::warn("Redis has lost the snapshot or a part of it: it is written again{}",
                 losses.count() < 3 ? "" : fmt::format(" ({} times in a row)", losses.count()));
}

void redis_store_state::saved(const snapshot_ptr& written, publish_verdict verdict) {
  failed_writes = 0;
  redis_answered();
  if (verdict == publish_verdict::superseded) {
    known = false; // another instance has written: load that and merge
    if (++superseded < max_superseded)
      return step_done();
    superseded = 0;
    return failed("other writers are ahead each time");
  }
  superseded = 0;
  stored_version = written->meta().version;
  stored_head = head_of(written);
  seen = {};
  if (current != written)
    return step_done(); // a refresh ended meanwhile: its result is written next
  unsaved = false;
  if (!std::exchange(loss_not_logged, false))
    spdlog::info("snapshot {} written to Redis", stored_version);
  announce_version();
  settle(publish_outcome::published);
  step_done();
}

void redis_store_state::not_read(const caf::error& why) {
  refuses_writes = false;
  failed_writes = 0;
  failed(reason_of(why));
}

void redis_store_state::failed(const std::string& reason) {
  problem = reason;
  if (away.should_log())
    spdlog::warn("Redis {}, serving goes on from memory (attempt {}): {}",
                 refuses_writes ? "refuses to write" : "is away", away.count(), problem);
  step_done();
}

// -- the rest ------------------------------------------------------------------------------------

void redis_store_state::announce_version() {
  caf::anon_send(gateway, publish_atom_v, updated_subject,
                 fmt::format(R"({{"version":{}}})", current->meta().version));
}

/// If writes keep failing, `problem` stays, although Redis can be read.
void redis_store_state::redis_answered() {
  if (failed_writes >= writes_until_refusal)
    return;
  if (!problem.empty()) {
    spdlog::info("Redis is back");
    metrics->redis_back();
    check_eviction();
  }
  problem.clear();
  refuses_writes = false;
  away.over();
}

/// If Redis may delete keys without an expiry when its memory is full, it deletes the array first,
/// because it is read rarely. The store writes a deleted array again, but a restart before that
/// finds nothing.
void redis_store_state::check_eviction() {
  self->request(worker, timeout_limit, evict_atom_v)
      .then([this](const std::string& policy) { warn_of_eviction(policy); },
            [](const caf::error& why) {
              spdlog::debug("Redis does not say what it evicts: {}", reason_of(why));
            });
}

void redis_store_state::warn_of_eviction(const std::string& policy) {
  if (std::exchange(eviction_policy, policy) != policy && policy.starts_with("allkeys-"))
    spdlog::warn("Redis may evict the snapshot when its memory is full: its maxmemory-policy is "
                 "{}; right is noeviction or one of the volatile-* policies",
                 policy);
}

redis_store_actor::behavior_type redis_store(redis_store_state::pointer self,
                                             redis_worker_actor worker, nats_gateway_actor gateway,
                                             std::string updated_subject, caf::timespan timeout,
                                             std::shared_ptr<metrics_registry> metrics) {
  auto& state = self->state;
  state.metrics = std::move(metrics);
  state.worker = std::move(worker);
  state.gateway = std::move(gateway);
  state.updated_subject = std::move(updated_subject);
  state.timeout_limit = worker_timeout(timeout, 4);
  state.step();
  return {
      [self](snapshot_atom) { return self->state.current; },
      [self](restored_atom) { return self->state.state(); },
      [self](publish_atom, const snapshot_ptr& next, const snapshot_ptr& previous) {
        return self->state.publish(next, previous);
      },
      [self](peek_atom) { self->state.read_now(); },
      [self](wake_atom) { self->state.write_now(); },
      [self](tick_atom) { self->state.tick(); },
      [self](ping_atom) { return self->state.why_unused(); },
      [self](drain_atom) { return self->state.drain(); },
  };
}

} // namespace hawkeye
