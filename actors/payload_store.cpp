#include "actors/payload_store.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/redis_worker.hpp"
#include "messages/rpc/rpc.hpp"

namespace hawkeye {

constexpr caf::timespan health_check_interval = std::chrono::seconds{1};
/// A token is handed out again without asking Redis for this long. No Redis restarts in so short a
/// time.
constexpr caf::timespan trusted_for = std::chrono::milliseconds{100};
/// Redis' timeout is for each part that arrives, and a bridge's reply may have many.
constexpr caf::timespan recover_limit = std::chrono::minutes{1};

caf::result<std::string> payload_store_state::offload(const snapshot_ptr& from,
                                                      std::uint64_t count) {
  if (!problem.empty() && !refuses_writes)
    return make_fault(fault::unavailable, problem);
  forget_expired();
  const key which{from.get(), count};
  auto found = entries.find(which);
  if (found != entries.end() && found->second.stored
      && self->clock().now() - found->second.verified <= trusted_for)
    return found->second.token;
  if (found == entries.end() && refuses_writes)
    return make_fault(fault::unavailable, problem);
  if (found == entries.end()) {
    const auto bytes = device_reply_size("null", *from, count);
    if (bytes_offloaded + bytes > most_bytes) {
      metrics->over(limit::offloaded_bytes);
      return make_fault(fault::refused, "too many different large replies are stored already");
    }
    found = start_offloading(from, count, bytes);
  }
  // Only after the last return of an error: CAF drops an error that is returned after a promise was
  // made.
  auto promise = self->make_response_promise<std::string>();
  found->second.waiting.push_back(promise);
  if (found->second.stored && !std::exchange(found->second.verifying, true))
    verify(which, from, found->second.token);
  schedule_check();
  return promise;
}

/// Redis may have lost the reply: by a restart, a failover, or because its memory was full.
void payload_store_state::verify(const key& which, const snapshot_ptr& from,
                                 const std::string& token) {
  self->request(worker, timeout_limit, exists_atom_v, token)
      .then([this, which, from](bool exists) { verified(which, from, exists); },
            [this, which](const caf::error& why) {
              note_failure(why);
              for (auto& promise : take(which))
                promise.deliver(why);
            });
}

void payload_store_state::verified(const key& which, const snapshot_ptr& from, bool exists) {
  auto& entry = entries.at(which);
  entry.verifying = false;
  entry.verified = self->clock().now();
  if (exists) {
    for (auto& promise : std::exchange(entry.waiting, {}))
      promise.deliver(entry.token);
    return;
  }
  if (losses.should_log())
    spdlog::warn("Redis has lost a payload before its time: it is stored again ({} times by now)",
                 losses.count());
  const auto lost = std::find_if(expirations.begin(), expirations.end(), [&](const expiration& x) {
    return x.bytes == entry.bytes && x.end == entry.stored_at + ttl;
  });
  const auto bytes = entry.bytes;
  if (lost != expirations.end()) {
    bytes_offloaded -= bytes;
    expirations.erase(lost);
  }
  auto waiting = take(which);
  start_offloading(from, which.second, bytes)->second.waiting = std::move(waiting);
}

/// Removes an entry -> the promises that wait for its token.
std::vector<payload_store_state::token_promise> payload_store_state::take(const key& which) {
  auto node = entries.extract(which);
  return node.empty() ? std::vector<token_promise>{} : std::move(node.mapped().waiting);
}

/// Keeps the snapshot alive until the worker has answered: an entry that clients wait for must not
/// expire.
payload_store_state::entry_map::iterator
payload_store_state::start_offloading(const snapshot_ptr& from, std::uint64_t count,
                                      std::uint64_t bytes) {
  const key which{from.get(), count};
  stored_reply entry;
  entry.from = from;
  entry.token = new_id();
  entry.since = self->clock().now();
  entry.bytes = bytes;
  bytes_offloaded += bytes;
  self->request(worker, timeout_limit, offload_atom_v, entry.token, from, count)
      .then([this, which, token = entry.token,
             from](std::uint64_t size) { stored(which, token, size); },
            [this, which, token = entry.token, from](const caf::error& why) {
              failed(which, token, why);
            });
  return entries.emplace(which, std::move(entry)).first;
}

void payload_store_state::stored(const key& which, const std::string& token, std::uint64_t bytes) {
  auto found = entries.find(which);
  if (found == entries.end() || found->second.token != token)
    return;
  auto& entry = found->second;
  bytes_offloaded += bytes - entry.bytes;
  entry.bytes = bytes;
  entry.stored_at = entry.verified = self->clock().now();
  expirations.push_back({entry.stored_at + ttl, bytes});
  entry.stored = true;
  metrics->offloaded(bytes);
  for (auto& promise : std::exchange(entry.waiting, {}))
    promise.deliver(entry.token);
}

void payload_store_state::failed(const key& which, const std::string& token,
                                 const caf::error& why) {
  note_failure(why);
  auto found = entries.find(which);
  if (found == entries.end() || found->second.token != token)
    return;
  const auto bytes = found->second.bytes;
  if (fault_of(why) == fault::refuses_writes)
    bytes_offloaded -= bytes;
  else // only the answer may be lost: then the reply stands in Redis
    expirations.push_back({self->clock().now() + ttl, bytes});
  for (auto& promise : take(which))
    promise.deliver(why);
}

caf::result<payload_ptr> payload_store_state::recover(const std::string& token) {
  if (!problem.empty() && !refuses_writes)
    return make_fault(fault::unavailable, problem);
  auto promise = self->make_response_promise<payload_ptr>();
  self->request(worker, recover_limit, recover_atom_v, token)
      .then([promise](const payload_ptr& bytes) mutable { promise.deliver(bytes); },
            [this, promise](const caf::error& why) mutable {
              note_failure(why);
              promise.deliver(why);
            });
  return promise;
}

void payload_store_state::note_failure(const caf::error& why) {
  if (fault_of(why) == fault::bad_reply)
    return; // Redis did answer
  refuses_writes = fault_of(why) == fault::refuses_writes;
  if (away.should_log())
    spdlog::warn("payloads over NATS' limit cannot be exchanged (attempt {}): {}", away.count(),
                 reason_of(why));
  if (!std::exchange(problem, reason_of(why)).empty())
    return;            // it was known before
  if (!refuses_writes) // if Redis only refuses writes, stored replies can be read
    forget_stored();
  schedule_check();
}

/// A Redis that was not reachable may have lost the stored replies. The next request gets a new
/// token.
void payload_store_state::forget_stored() {
  std::erase_if(entries, [](const auto& x) { return x.second.stored && x.second.waiting.empty(); });
}

void payload_store_state::forget_expired() {
  const auto now = self->clock().now();
  std::erase_if(entries, [&](const auto& entry) {
    const auto& x = entry.second;
    return x.waiting.empty() && ((x.stored && now - x.since > ttl / 2) || x.from.expired());
  });
  // Redis holds the replies until they expire, whether or not a client still needs them.
  for (; !expirations.empty() && expirations.front().end <= now; expirations.pop_front())
    bytes_offloaded -= expirations.front().bytes;
}

void payload_store_state::schedule_check() {
  if (!std::exchange(check_scheduled, true))
    self->delayed_send(self, health_check_interval, tick_atom_v);
}

void payload_store_state::check_redis() {
  check_scheduled = false;
  if (std::exchange(checked_once, true) && entries.empty() && problem.empty())
    return; // no client depends on Redis now
  self->request(worker, timeout_limit, ping_atom_v, new_id())
      .then(
          [this](bool) {
            away.over();
            refuses_writes = false;
            if (!std::exchange(problem, {}).empty())
              spdlog::info("payloads over NATS' limit can be exchanged again");
            forget_expired();
            schedule_check();
          },
          [this](const caf::error& why) {
            note_failure(why);
            schedule_check();
          });
}

payload_store_actor::behavior_type
payload_store(payload_store_state::pointer self, redis_worker_actor worker,
              std::function<std::string()> new_id, std::chrono::seconds ttl, caf::timespan timeout,
              std::uint64_t most_bytes, std::shared_ptr<metrics_registry> metrics) {
  auto& state = self->state;
  state.metrics = std::move(metrics);
  state.worker = std::move(worker);
  state.new_id = std::move(new_id);
  state.ttl = ttl;
  state.most_bytes = most_bytes;
  state.timeout_limit = worker_timeout(timeout, 3);
  state.schedule_check();
  return {
      [self](offload_atom, const snapshot_ptr& from, std::uint64_t count) {
        return self->state.offload(from, count);
      },
      [self](recover_atom, const std::string& token) { return self->state.recover(token); },
      [self](ping_atom) { return self->state.problem; },
      [self](tick_atom) { self->state.check_redis(); },
  };
}

} // namespace hawkeye
