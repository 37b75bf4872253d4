#include "actors/redis_worker.hpp"

#include "messages/base/limits.hpp"
#include "messages/rpc/rpc.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye {

caf::error redis_worker_state::unavailable(const failure& why) const {
  return make_fault(backend->refuses_writes() ? fault::refuses_writes : fault::unavailable,
                    why.reason);
}

template <class T>
caf::result<T> redis_worker_state::result_of(expected<T> x) const {
  if (auto* why = error_of(x))
    return unavailable(*why);
  return *std::move(x);
}

caf::result<bool> redis_worker_state::result_of(const std::optional<failure>& why) const {
  if (why)
    return unavailable(*why);
  return true;
}

caf::result<loaded_snapshot_ptr> redis_worker_state::load(const snapshot_ptr& current) {
  auto values = backend->load();
  if (auto* why = error_of(values))
    return unavailable(*why);
  auto& [array, meta] = *values;
  loaded_snapshot result;
  if (array) {
    auto restored = read_stored_snapshot(array, meta);
    if (auto* why = error_of(restored))
      result.stored.broken = why->reason;
    else
      result.stored = *std::move(restored);
  }
  // Also set if the snapshot is readable: the next write expects them.
  result.stored.version = read_version(meta.value_or("")).value_or(0);
  result.meta_head = meta.value_or("").substr(0, meta_head_bytes);
  result.merged = merge(result.stored.value, current);
  return std::make_shared<const loaded_snapshot>(std::move(result));
}

caf::result<lease_answer> redis_worker_state::lease(const std::string& holder, caf::timespan ttl) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(ttl);
  return result_of(backend->hold_lease(holder, ms).map([this](lease_verdict verdict) {
    return lease_answer{verdict, backend->refusal()};
  }));
}

caf::result<std::uint64_t> redis_worker_state::offload(const std::string& token,
                                                       const snapshot_ptr& from,
                                                       std::uint64_t count) {
  const auto bytes = offloaded_reply(*from, count);
  if (auto why = backend->offload(token, bytes, payload_ttl))
    return unavailable(*why);
  return static_cast<std::uint64_t>(bytes.size());
}

caf::result<payload_ptr> redis_worker_state::recover(const std::string& token) {
  auto bytes = backend->recover(token, max_reply_bytes);
  if (auto* why = error_of(bytes))
    return unavailable(*why);
  if (!*bytes)
    return make_fault(fault::bad_reply, "Redis has no payload under the token " + token
                                            + ": it has expired or was never stored");
  return *std::move(bytes);
}

caf::result<std::string> redis_worker_state::incidents() {
  return result_of(backend->load_incidents().map(
      [](const std::optional<std::string>& text) { return text.value_or(std::string{}); }));
}

caf::result<device_explanations_ptr> redis_worker_state::explanations(std::uint64_t newer_than) {
  auto head = backend->peek_explanations();
  if (auto* why = error_of(head))
    return unavailable(*why);
  const auto version = read_version(head->value_or(""));
  if (!version || *version <= newer_than)
    return device_explanations_ptr{};
  auto stored = backend->load_explanations(max_stored_bytes);
  if (auto* why = error_of(stored))
    return unavailable(*why);
  if (!*stored)
    return device_explanations_ptr{};
  auto read = read_explanations((*stored)->view());
  if (auto* why = error_of(read))
    return make_fault(fault::unreadable, why->reason);
  return *std::move(read);
}

redis_worker_actor::behavior_type redis_worker(redis_worker_state::pointer self,
                                               redis_backend_factory make_backend,
                                               std::chrono::seconds payload_ttl) {
  auto& state = self->state;
  state.backend = make_backend();
  state.payload_ttl = payload_ttl;
  return {
      [&state](load_atom, const snapshot_ptr& current) { return state.load(current); },
      [&state](peek_atom) { return state.result_of(state.backend->peek()); },
      [&state](evict_atom) { return state.result_of(state.backend->eviction_policy()); },
      [&state](publish_atom, const snapshot_ptr& x, const std::string& expected_head) {
        return state.result_of(state.backend->publish(x->array(), write_meta(*x), expected_head));
      },
      [&state](lease_atom, const std::string& holder, caf::timespan ttl) {
        return state.lease(holder, ttl);
      },
      [&state](release_atom, const std::string& holder) {
        return state.result_of(state.backend->release_lease(holder));
      },
      [&state](offload_atom, const std::string& token, const snapshot_ptr& from,
               std::uint64_t count) { return state.offload(token, from, count); },
      [&state](recover_atom, const std::string& token) { return state.recover(token); },
      [&state](history_atom, const std::string& report,
               const device_explanations_ptr& explanations) {
        return state.result_of(
            state.backend->keep_records(report, store_explanations(*explanations), max_reports));
      },
      [&state](history_atom) { return state.result_of(state.backend->load_reports(max_reports)); },
      [&state](explained_atom, std::uint64_t newer_than) { return state.explanations(newer_than); },
      [&state](exists_atom, const std::string& token) {
        return state.result_of(state.backend->has_payload(token));
      },
      [&state](incident_atom) { return state.incidents(); },
      [&state](incident_atom, const std::string& all) {
        return state.result_of(state.backend->keep_incidents(all));
      },
      [&state](ping_atom, const std::string& token) {
        return state.result_of(state.backend->try_offloading(token));
      },
  };
}

} // namespace hawkeye
