// Replies that are too large for NATS, both ways: offloads ours in Redis, once per snapshot and
// filter result, and fetches what others offloaded. A token is handed out only while Redis has what
// stands under it. Fails at once while Redis is known to be away,
// so that nobody waits for it twice. Threading: cooperative; its own redis_worker blocks, so that a
// long write of the snapshot delays no client.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/process/metrics.hpp"
#include "actors/process/platform.hpp"
#include "messages/base/log_backoff.hpp"

namespace hawkeye {

struct payload_store_state {
  using pointer = payload_store_actor::stateful_pointer<payload_store_state>;
  static inline const char* name = "payload_store";

  using token_promise = caf::typed_response_promise<std::string>;
  struct parked {
    std::weak_ptr<const snapshot> from; ///< an address can be used again: this tells whose it is
    std::string token;
    time_point since{};
    std::uint64_t bytes = 0; ///< about, while on its way
    bool stored = false;     ///< else on its way, and `waiting` counts on it
    bool verifying = false;  ///< Redis is asked whether it is there still; likewise
    time_point stored_at{}, verified{};
    std::vector<token_promise> waiting;
  };
  struct life {
    time_point end;
    std::uint64_t bytes;
  };
  using key = std::pair<const snapshot*, std::uint64_t>;
  using entry_map = std::map<key, parked>;

  explicit payload_store_state(pointer self) : self{self} {}

  caf::result<std::string> offload(const snapshot_ptr& from, std::uint64_t count);
  entry_map::iterator start_parking(const snapshot_ptr& from, std::uint64_t count,
                                    std::uint64_t bytes);
  void verify(const key& which, const snapshot_ptr& from, const std::string& token);
  void verified(const key& which, const snapshot_ptr& from, bool exists);
  std::vector<token_promise> take(const key& which);
  void stored(const key& which, const std::string& token, std::uint64_t bytes);
  void failed(const key& which, const std::string& token, const caf::error& why);
  caf::result<payload_ptr> recover(const std::string& token);
  void noticed(const caf::error& why);
  void forget_expired();
  void forget_stored();
  void look_soon();
  void look();

  pointer self;
  redis_worker_actor worker;
  std::function<std::string()> new_id;
  std::shared_ptr<metrics_registry> metrics;
  caf::timespan ttl{};
  caf::timespan timeout_limit{}; ///< longest wait for the worker
  entry_map entries;
  std::uint64_t most_bytes = 0;   ///< that one life time offloads
  std::deque<life> lives;         ///< of what is stored, the next to end first
  std::uint64_t bytes_parked = 0; ///< of these, and of what is on its way
  bool looking = false;           ///< a look is due
  bool known = false;          ///< it was looked once: a wrong password shows before a client waits
  std::string problem;         ///< why Redis is not in use; empty: it is
  bool refuses_writes = false; ///< it answers, and what is stored can be read
  log_backoff away;            ///< attempts in a row that found it away
  log_backoff losses;          ///< of payloads that were handed out
};

/// `timeout`: what the worker's backend takes at most for one call. `most_bytes`: of the different
/// replies that are offloaded at a time.
payload_store_actor::behavior_type
payload_store(payload_store_state::pointer self, redis_worker_actor worker,
              std::function<std::string()> new_id, std::chrono::seconds ttl, caf::timespan timeout,
              std::uint64_t most_bytes, std::shared_ptr<metrics_registry> metrics);

} // namespace hawkeye
