#include "actors/redis_worker.hpp"

#include "messages/limits.hpp"
#include "messages/rpc.hpp"
#include "messages/stored_snapshot.hpp"

namespace hawkeye {

namespace {

caf::error unavailable(const failure& why) {
  return make_fault(fault::unavailable, why.reason);
}

/// Hands a backend's value on, or its failure as an error.
template <class T>
caf::result<T> result_of(fallible<T> x) {
  if (auto* why = std::get_if<failure>(&x))
    return unavailable(*why);
  return std::get<T>(std::move(x));
}

} // namespace

caf::result<restored_snapshot_ptr> redis_worker_state::load() {
  auto values = backend->load();
  if (auto* why = std::get_if<failure>(&values))
    return unavailable(*why);
  auto& [array, meta] = std::get<stored_values>(values);
  const auto version = read_version(meta.value_or("")).value_or(0);
  if (!array)
    return std::make_shared<const restored_snapshot>(restored_snapshot{nullptr, {}, {}, version});
  auto restored = read_stored_snapshot(array, meta);
  if (auto* why = std::get_if<failure>(&restored))
    return std::make_shared<const restored_snapshot>(
        restored_snapshot{nullptr, {}, why->reason, version});
  return std::make_shared<const restored_snapshot>(
      std::get<restored_snapshot>(std::move(restored)));
}

caf::result<std::string> redis_worker_state::peek() {
  auto meta = backend->peek_meta();
  if (auto* why = std::get_if<failure>(&meta))
    return unavailable(*why);
  return std::get<std::optional<std::string>>(std::move(meta)).value_or(std::string{});
}

caf::result<publish_verdict> redis_worker_state::publish(const snapshot_ptr& what,
                                                         const std::string& holder) {
  return result_of(
      backend->publish(what->array(), write_meta(*what), holder, what->meta().version));
}

caf::result<lease_verdict> redis_worker_state::lease(const std::string& holder, caf::timespan ttl) {
  return result_of(
      backend->hold_lease(holder, std::chrono::duration_cast<std::chrono::milliseconds>(ttl)));
}

caf::result<bool> redis_worker_state::release(const std::string& holder) {
  return result_of(backend->release_lease(holder));
}

caf::result<std::uint64_t> redis_worker_state::park(const std::string& token,
                                                    const snapshot_ptr& from, std::uint64_t count) {
  const auto bytes = parked_reply(*from, count);
  if (auto why = backend->park(token, bytes, payload_ttl))
    return unavailable(*why);
  return static_cast<std::uint64_t>(bytes.size());
}

caf::result<payload_ptr> redis_worker_state::recover(const std::string& token) {
  auto bytes = backend->recover(token, max_reply_bytes);
  if (auto* why = std::get_if<failure>(&bytes))
    return unavailable(*why);
  if (!std::get<payload_ptr>(bytes))
    return make_fault(fault::bad_reply, "Redis has no payload under the token " + token
                                            + ": it has expired or was never stored");
  return std::get<payload_ptr>(std::move(bytes));
}

caf::result<bool> redis_worker_state::keep(const std::string& report,
                                           const device_journal_ptr& journal) {
  if (auto why = backend->keep_records(report, store_journal(*journal), max_reports))
    return unavailable(*why);
  return true;
}

caf::result<payload_list> redis_worker_state::reports() {
  return result_of(backend->load_reports(max_reports));
}

caf::result<device_journal_ptr> redis_worker_state::journal(std::uint64_t newer_than) {
  auto head = backend->peek_journal();
  if (auto* why = std::get_if<failure>(&head))
    return unavailable(*why);
  const auto version = read_version(std::get<std::optional<std::string>>(head).value_or(""));
  if (!version || *version <= newer_than)
    return device_journal_ptr{};
  auto stored = backend->load_journal(max_stored_bytes);
  if (auto* why = std::get_if<failure>(&stored))
    return unavailable(*why);
  const auto& bytes = std::get<payload_ptr>(stored);
  if (!bytes)
    return device_journal_ptr{};
  auto read = read_journal(bytes->view());
  if (auto* why = std::get_if<failure>(&read))
    return make_fault(fault::unreadable, why->reason);
  return std::get<device_journal_ptr>(std::move(read));
}

caf::result<bool> redis_worker_state::ping() {
  if (auto why = backend->ping())
    return unavailable(*why);
  return true;
}

redis_worker_actor::behavior_type redis_worker(redis_worker_state::pointer self,
                                               redis_backend_factory make_backend,
                                               std::chrono::seconds payload_ttl) {
  self->state.backend = make_backend();
  self->state.payload_ttl = payload_ttl;
  return {
      [self](load_atom) { return self->state.load(); },
      [self](peek_atom) { return self->state.peek(); },
      [self](publish_atom, const snapshot_ptr& what, const std::string& holder) {
        return self->state.publish(what, holder);
      },
      [self](lease_atom, const std::string& holder, caf::timespan ttl) {
        return self->state.lease(holder, ttl);
      },
      [self](release_atom, const std::string& holder) { return self->state.release(holder); },
      [self](park_atom, const std::string& token, const snapshot_ptr& from, std::uint64_t count) {
        return self->state.park(token, from, count);
      },
      [self](recover_atom, const std::string& token) { return self->state.recover(token); },
      [self](history_atom, const std::string& report, const device_journal_ptr& journal) {
        return self->state.keep(report, journal);
      },
      [self](history_atom) { return self->state.reports(); },
      [self](journal_atom, std::uint64_t newer_than) { return self->state.journal(newer_than); },
      [self](ping_atom) { return self->state.ping(); },
  };
}

} // namespace hawkeye
