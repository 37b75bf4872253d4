// The only actor that blocks on Redis: turns messages into calls of its backend, one at a time.
// Threading: detached. It owns its backend, which is created and used in this actor's thread only.
#pragma once

#include <memory>

#include "actors/interfaces.hpp"
#include "actors/redis/backend.hpp"

namespace hawkeye {

struct redis_worker_state {
  using pointer = redis_worker_actor::stateful_pointer<redis_worker_state>;
  static inline const char* name = "redis_worker";

  caf::result<loaded_snapshot_ptr> load(const snapshot_ptr& current);
  caf::result<lease_answer> lease(const std::string& holder, caf::timespan ttl);
  caf::result<std::uint64_t> offload(const std::string& token, const snapshot_ptr& from,
                                     std::uint64_t count);
  caf::result<payload_ptr> recover(const std::string& token);
  caf::result<std::string> incidents();
  caf::result<device_explanations_ptr> explanations(std::uint64_t newer_than);
  caf::error unavailable(const failure& why) const;
  /// Returns a backend's value, or its failure as an error. A call without a value returns true.
  template <class T>
  caf::result<T> result_of(expected<T> x) const;
  caf::result<bool> result_of(const std::optional<failure>& why) const;

  std::unique_ptr<redis_backend> backend;
  std::chrono::seconds payload_ttl{};
};

/// Timeout of a request to the worker, which may have to make this many calls before the request is
/// done, each of at most `timeout`.
constexpr caf::timespan worker_timeout(caf::timespan timeout, int calls) {
  return calls * timeout + std::chrono::seconds{1};
}

redis_worker_actor::behavior_type redis_worker(redis_worker_state::pointer self,
                                               redis_backend_factory make_backend,
                                               std::chrono::seconds payload_ttl);

} // namespace hawkeye
