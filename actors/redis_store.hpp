// Owns the current snapshot: answers for it at once, has it written to Redis and restored from
// there. Redis is the memory that all instances share; while it is away this actor goes on from its
// own, and writes the newest snapshot when it is back. Threading: cooperative. Its redis_worker
// blocks; at most one request is with the worker at any time.
#pragma once

#include <deque>
#include <string>
#include <utility>

#include "actors/interfaces.hpp"
#include "actors/process/metrics.hpp"
#include "messages/base/log_backoff.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

struct redis_store_state {
  using pointer = redis_store_actor::stateful_pointer<redis_store_state>;
  using publish_promise = caf::typed_response_promise<publish_outcome>;
  static inline const char* name = "redis_store";

  explicit redis_store_state(pointer self) : self{self} {}

  caf::result<publish_outcome> publish(const snapshot_ptr& next);
  caf::result<bool> drain();
  void look_now();

  // -- one step at a time: load first, then write what is not written, then look for other
  // instances' versions
  void step();
  void load();
  void save();
  void peek();
  void publish_next();
  void step_done();

  void loaded(const restored_snapshot& stored);
  void peeked(const std::string& head);
  void saved(publish_verdict verdict);
  void published(const snapshot_ptr& next, publish_promise promise, publish_verdict verdict);
  void failed(const caf::error& why);

  void nothing_to_serve(const restored_snapshot& stored);
  snapshot_ptr above_floor(const snapshot_ptr& x) const;
  bool beside_broken() const {
    return floor > 0;
  }
  void choose(const restored_snapshot& stored);
  void adopt(const restored_snapshot& stored);
  void keep_unsaved(const snapshot_ptr& next);
  void tell_others();
  void redis_answered();

  pointer self;
  redis_worker_actor worker;
  nats_gateway_actor gateway;
  std::string holder;            ///< this instance's name in the lease
  std::string updated_subject;   ///< where a new version is told to the other instances
  caf::timespan timeout_limit{}; ///< longest wait for the worker
  std::shared_ptr<metrics_registry> metrics;

  snapshot_ptr current;    ///< null: none was ever built or restored
  bool known = false;      ///< what Redis holds was looked at once
  std::uint64_t floor = 0; ///< versions up to this are taken, by a meta whose array is gone or
                           ///< broken; 0: there is none such
  bool unsaved = false;    ///< `current` is newer than what Redis holds
  bool busy = false;       ///< the worker has a request of ours
  bool look_again = false; ///< asked to look while busy
  std::string problem;     ///< why Redis is not in use; empty: it is
  log_backoff away;        ///< attempts in a row that found it away
  bool timer_set = false;  ///< a tick is on its way
  std::deque<std::pair<snapshot_ptr, publish_promise>> to_publish;
  std::deque<caf::typed_response_promise<bool>> draining;
};

/// `timeout`: what the worker's backend takes at most for one call.
redis_store_actor::behavior_type redis_store(redis_store_state::pointer self,
                                             redis_worker_actor worker, nats_gateway_actor gateway,
                                             std::string holder, std::string updated_subject,
                                             caf::timespan timeout,
                                             std::shared_ptr<metrics_registry> metrics);

} // namespace hawkeye
