// Exchanges replies that are too large for NATS through Redis. Stores our own replies, once per
// snapshot and filter result, and fetches those of other programs. A token is only handed out while
// Redis holds the reply. Fails at once while Redis is known to be unavailable, so that no client
// waits for it again. Threading: cooperative. It has its own redis_worker, so that a long write of
// the snapshot delays no client.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/process/metrics.hpp"
#include "messages/base/log_backoff.hpp"

namespace hawkeye {

struct payload_store_state {
  using pointer = payload_store_actor::stateful_pointer<payload_store_state>;
  static inline const char* name = "payload_store";

  using token_promise = caf::typed_response_promise<std::string>;
  struct stored_reply {
    /// The snapshot; tells whether the address in the key is still its own.
    std::weak_ptr<const snapshot> from;
    std::string token;
    time_point since{};
    std::uint64_t bytes = 0; ///< an estimate until the reply is stored
    bool stored = false;     ///< false: it is being written, and `waiting` waits for that
    /// Redis is being asked whether it still exists, and `waiting` waits for that.
    bool verifying = false;
    time_point stored_at{}, verified{};
    std::vector<token_promise> waiting;
  };
  struct expiration {
    time_point end;
    std::uint64_t bytes;
  };
  using key = std::pair<const snapshot*, std::uint64_t>;
  using entry_map = std::map<key, stored_reply>;

  explicit payload_store_state(pointer self) : self{self} {}

  caf::result<std::string> offload(const snapshot_ptr& from, std::uint64_t count);
  entry_map::iterator start_offloading(const snapshot_ptr& from, std::uint64_t count,
                                       std::uint64_t bytes);
  void verify(const key& which, const snapshot_ptr& from, const std::string& token);
  void verified(const key& which, const snapshot_ptr& from, bool exists);
  std::vector<token_promise> take(const key& which);
  void stored(const key& which, const std::string& token, std::uint64_t bytes);
  void failed(const key& which, const std::string& token, const caf::error& why);
  caf::result<payload_ptr> recover(const std::string& token);
  void note_failure(const caf::error& why);
  void forget_expired();
  void forget_stored();
  void schedule_check();
  void check_redis();

  pointer self;
  redis_worker_actor worker;
  std::function<std::string()> new_id;
  std::shared_ptr<metrics_registry> metrics;
  caf::timespan ttl{};
  caf::timespan timeout_limit{}; ///< longest wait for the worker
  entry_map entries;
  std::uint64_t most_bytes = 0;       ///< limit of `bytes_offloaded`
  std::deque<expiration> expirations; ///< of the stored replies, the earliest first
  std::uint64_t bytes_offloaded = 0; ///< of the replies in `expirations` and of those being written
  bool check_scheduled = false;      ///< a tick is scheduled
  /// Redis was checked once, so that a wrong password shows before a client waits.
  bool checked_once = false;
  std::string problem;         ///< why Redis is not in use; empty: it is in use
  bool refuses_writes = false; ///< Redis answers, and stored replies can be read
  log_backoff away;            ///< failed attempts in a row
  log_backoff losses;          ///< replies that Redis lost after their token was handed out
};

/// `timeout`: the longest time of one call of the worker's backend. `most_bytes`: limit of the
/// different replies that are stored at a time.
payload_store_actor::behavior_type
payload_store(payload_store_state::pointer self, redis_worker_actor worker,
              std::function<std::string()> new_id, std::chrono::seconds ttl, caf::timespan timeout,
              std::uint64_t most_bytes, std::shared_ptr<metrics_registry> metrics);

} // namespace hawkeye
