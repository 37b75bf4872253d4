// Owns the current snapshot: answers for it at once, and brings it together with what Redis holds.
// Redis is the memory that all instances share. What is read from there is merged with what is
// known, device by device; what Redis lacks of the result is written, where nobody else has written
// meanwhile, or else merged again. While Redis is away this actor goes on from its own memory.
// Threading: cooperative. Its redis_worker blocks, and merges what it loads, so that no answer
// waits for that; at most one request is with the worker at any time.
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
  void look_now();

  // -- one step at a time: load first, then write what Redis lacks, then look whether it is there
  void step();
  void load();
  void save();
  void peek();
  void step_done();

  void loaded(const loaded_snapshot& x, const snapshot_ptr& merged_with);
  void take(const loaded_snapshot& x, const snapshot_ptr& merged_with);
  void saved(const snapshot_ptr& written, publish_verdict verdict);
  void peeked(const stored_sizes& stored);
  void note_loss();
  void not_read(const caf::error& why);
  void failed(const std::string& reason);
  caf::timespan pause() const;

  bool may_write() const;
  void settle(publish_outcome outcome);
  void tell_others();
  void redis_answered();
  void check_eviction();
  void warn_of_eviction(const std::string& policy);

  pointer self;
  redis_worker_actor worker;
  nats_gateway_actor gateway;
  std::string updated_subject;   ///< where other instances hear of a new version
  caf::timespan timeout_limit{}; ///< longest wait for the worker
  std::shared_ptr<metrics_registry> metrics;

  snapshot_ptr current;             ///< null: none was ever built or restored
  bool known = false;               ///< what Redis holds is part of `current`
  bool ever_known = false;          ///< it was at some time
  time_point others_heard{};        ///< when what others had written last came into `current`
  bool unsaved = false;             ///< Redis lacks something of `current`
  std::uint64_t stored_version = 0; ///< that Redis holds, as last seen; 0: none
  std::string stored_head;          ///< of its meta, which the next write has to find there
  stored_sizes seen;                ///< what was loaded last, so that it is not loaded again
  bool foreign_format = false;      ///< Redis holds a later program's snapshot: it is not written
  std::size_t superseded = 0;       ///< writes in a row that another instance was ahead of
  bool busy = false;                ///< the worker has a request of ours
  bool look_again = false;          ///< asked to look while busy
  std::string problem;              ///< why Redis is not in use; empty: it is
  bool refuses_writes = false;      ///< Redis answers, but takes no writes
  std::size_t failed_writes = 0;    ///< in a row, each with what Redis holds known before
  log_backoff away;                 ///< attempts in a row that found it away
  log_backoff losses;               ///< in a row, each soon after the last one
  time_point lost_at{};             ///< the last one
  bool lost_quietly = false;        ///< it was not logged: nor is that it is written again
  std::string eviction_policy;      ///< as it was last warned of
  bool timer_set = false;           ///< a tick is on its way
  std::vector<publish_promise> waiting; ///< for `current` to stand in Redis
  std::vector<caf::typed_response_promise<bool>> draining;
};

/// `timeout`: what the worker's backend takes at most for one call.
redis_store_actor::behavior_type redis_store(redis_store_state::pointer self,
                                             redis_worker_actor worker, nats_gateway_actor gateway,
                                             std::string updated_subject, caf::timespan timeout,
                                             std::shared_ptr<metrics_registry> metrics);

} // namespace hawkeye
