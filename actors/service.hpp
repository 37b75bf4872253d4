// The whole service: spawns the actors, connects them, and stops them in order. main.cpp passes in
// the real servers; tests and the simulation pass in their own and run all actors undetached.
// Threading: open and stop are called from the one thread that owns the service.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/nats/client.hpp"
#include "actors/process/metrics.hpp"
#include "actors/process/platform.hpp"
#include "actors/redis/backend.hpp"
#include "actors/request_inbox.hpp"
#include "messages/base/limits.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// The external dependencies of the service.
struct service_seams {
  std::shared_ptr<nats_client> nats;
  redis_backend_factory snapshot_redis; ///< for the snapshot and the lease
  redis_backend_factory payload_redis;  ///< for payloads over NATS' limit
  platform world;
  bool detached = true; ///< false: all actors run in the scheduler of the actor system (tests)
  /// Called when an actor ends unexpectedly, with its name and the reason. Called once, on any
  /// thread.
  std::function<void(const std::string&)> on_lost = nullptr;
  std::uint64_t most_offloaded_bytes = max_offloaded_bytes; ///< tests use less
};

/// All actors of one instance.
struct service_actors {
  nats_gateway_actor gateway;
  redis_worker_actor snapshot_worker, payload_worker;
  payload_store_actor payloads;
  redis_store_actor store;
  rpc_responder_actor responder;
  notifier_actor notifier;
  hawkeye_fetcher_actor fetcher;
  bruin_resolver_pool_actor pool;
  snapshot_builder_actor builder;
  lease_keeper_actor lease;
  refresh_scheduler_actor scheduler;
  refresh_history_actor records;
  admin_actor admin;
  late_joiner_actor joiner;

  /// Calls `f` with each actor and its name. An actor comes before the actors that it sends
  /// requests to.
  template <class Function>
  void for_each(Function&& f) const {
    f(admin, "admin");
    f(joiner, "late_joiner");
    f(records, "refresh_history");
    f(scheduler, "refresh_scheduler");
    f(lease, "lease_keeper");
    f(builder, "snapshot_builder");
    f(pool, "bruin_resolver_pool");
    f(fetcher, "hawkeye_fetcher");
    f(notifier, "notifier");
    f(responder, "rpc_responder");
    f(store, "redis_store");
    f(payloads, "payload_store");
    f(payload_worker, "redis_worker");
    f(snapshot_worker, "redis_worker");
    f(gateway, "nats_gateway");
  }
};

class service {
public:
  service(caf::actor_system& system, const settings& settings, service_seams seams);

  const service_actors& actors() const noexcept {
    return actors_;
  }

  const std::shared_ptr<metrics_registry>& metrics() const noexcept {
    return metrics_;
  }

  /// Applies new settings. They may differ only in what settings_change calls live.
  void reload(const settings& next);

  /// Subscribes to all subjects but that of the RPC: `late_joiner` joins its queue group once there
  /// is something to serve. A failure says what could not be subscribed to.
  std::optional<failure> open();

  /// Leaves the queue group, answers the accepted requests, finishes writing, releases the lease
  /// and ends the actors. Takes about `limit` at most.
  void stop(std::chrono::milliseconds limit);

private:
  void watch();
  std::optional<failure> listen(const std::string& subject, const std::string& queue,
                                nats_handler handler);
  std::optional<failure> open_admin();
  std::optional<failure> join();
  std::string subject_of(endpoint to) const;

  caf::actor_system& system_;
  settings settings_;
  service_seams seams_;
  std::string holder_; ///< this instance's name in the lease
  std::shared_ptr<request_inbox> inbox_;
  std::shared_ptr<metrics_registry> metrics_ = std::make_shared<metrics_registry>();
  std::shared_ptr<std::atomic<std::size_t>> admin_waiting_ =
      std::make_shared<std::atomic<std::size_t>>(0);
  std::mutex joining_;   ///< held while joining or leaving the queue group
  bool leaving_ = false; ///< the queue group is not joined any more
  service_actors actors_;
};

/// Adds to CAF's configuration what our actors need.
void configure(caf::actor_system_config& cfg);

} // namespace hawkeye
