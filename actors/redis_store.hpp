// Owns the current snapshot, answers requests for it without waiting, and reconciles it with Redis,
// which is the memory that all instances share. A snapshot read from Redis is merged with the
// current one, device by device. The result is written if Redis lacks part of it. If another
// instance has written meanwhile, it is merged again first. While Redis is not reachable this actor
// works from memory. Threading: cooperative. Its redis_worker blocks, and merges the snapshots that
// it loads, so that no answer waits for that. At most one request is with the worker at any time.
#pragma once

#include <string>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/process/metrics.hpp"
#include "messages/base/log_backoff.hpp"

namespace hawkeye {

struct redis_store_state {
  using pointer = redis_store_actor::stateful_pointer<redis_store_state>;
  using publish_promise = caf::typed_response_promise<published_snapshot>;
  static inline const char* name = "redis_store";

  explicit redis_store_state(pointer self) : self{self} {}

  caf::result<published_snapshot> publish(const snapshot_ptr& next, const snapshot_ptr& previous);
  caf::result<bool> drain();
  known_snapshot state() const;
  std::string why_unused() const;
  void read_now();
  void write_now();

  // -- one step at a time: load first, then write what Redis lacks, then check that it is still
  // there
  void step();
  void load();
  void save();
  void peek();
  void step_done();
  void schedule_tick();
  void tick();

  void loaded(const loaded_snapshot& x, const snapshot_ptr& merged_with);
  void take(const loaded_snapshot& x, const snapshot_ptr& merged_with);
  void saved(const snapshot_ptr& written, publish_verdict verdict);
  void peeked(const stored_sizes& stored);
  void note_loss();
  void not_read(const caf::error& why);
  void failed(const std::string& reason);
  caf::timespan pause() const;

  bool may_write() const;
  const std::string& head_of(const snapshot_ptr& x);
  void settle(publish_outcome outcome);
  void announce_version();
  void redis_answered();
  void check_eviction();
  void warn_of_eviction(const std::string& policy);

  pointer self;
  redis_worker_actor worker;
  nats_gateway_actor gateway;
  std::string updated_subject;   ///< subject on which a new version is announced
  caf::timespan timeout_limit{}; ///< longest wait for the worker
  std::shared_ptr<metrics_registry> metrics;

  snapshot_ptr current;      ///< null: none was ever built or restored
  caf::timespan load_took{}; ///< duration of the last load that failed
  bool known = false;        ///< the snapshot in Redis is merged into `current`
  bool ever_known = false;   ///< `known` was true at some time
  time_point others_heard{}; ///< when a snapshot of another writer was last merged into `current`
  bool unsaved = false;      ///< Redis lacks part of `current`
  std::string last_head;     ///< the result of head_of(), of the following snapshot
  std::weak_ptr<const snapshot> last_head_of;
  std::uint64_t stored_version = 0; ///< the version in Redis, as last seen; 0: none
  std::string stored_head;          ///< the head of its meta; the next write expects it unchanged
  stored_sizes seen; ///< the sizes that were loaded last, so that they are not loaded again
  bool foreign_format = false; ///< Redis holds the snapshot of a later version of this program,
                               ///< which is not overwritten
  std::size_t superseded = 0;  ///< writes in a row that failed because another instance had written
  bool busy = false;           ///< a request is with the worker
  bool read_again = false;     ///< a read was requested while busy
  std::string problem;         ///< why Redis is not in use; empty: it is in use
  bool refuses_writes = false; ///< Redis answers, but refuses writes
  std::size_t failed_writes = 0; ///< in a row, each after a successful read
  log_backoff away;              ///< failed attempts in a row
  log_backoff losses;            ///< losses in a row, each soon after the one before
  time_point lost_at{};          ///< time of the last loss
  /// The last loss was not logged, so writing it again is not logged either.
  bool loss_not_logged = false;
  std::string eviction_policy;              ///< the policy that was last checked
  time_point next_tick = time_point::max(); ///< max: no tick is scheduled
  std::vector<publish_promise> waiting;     ///< until `current` is stored in Redis
  std::vector<caf::typed_response_promise<bool>> draining;
};

/// `timeout`: the longest time of one call of the worker's backend.
redis_store_actor::behavior_type redis_store(redis_store_state::pointer self,
                                             redis_worker_actor worker, nats_gateway_actor gateway,
                                             std::string updated_subject, caf::timespan timeout,
                                             std::shared_ptr<metrics_registry> metrics);

} // namespace hawkeye
