// Decides when a refresh runs and leads it through its stations: fetch, resolve, build, judge,
// publish, record. Never two at once; what is wished meanwhile is coalesced. With several instances
// only the holder of the lease refreshes, or everyone on its own interval while Redis cannot say
// who that is. Threading: cooperative. Intervals are measured on the steady actor clock: a wall
// clock that jumps changes nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/process/metrics.hpp"
#include "actors/process/platform.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// Actors of this process answer within this, or not at all.
constexpr caf::timespan local_timeout = std::chrono::minutes{2};

/// Whom the scheduler leads through a refresh.
struct refresh_dependencies {
  hawkeye_fetcher_actor fetcher;
  bruin_resolver_pool_actor pool;
  snapshot_builder_actor builder;
  redis_store_actor store;
  lease_keeper_actor lease;
  notifier_actor notifier;
  refresh_history_actor records;
};

struct refresh_scheduler_state {
  using pointer = refresh_scheduler_actor::stateful_pointer<refresh_scheduler_state>;
  static inline const char* name = "refresh_scheduler";

  explicit refresh_scheduler_state(pointer self) : self{self} {}

  // -- when
  refresh_state request_refresh(const std::string& serial_number);
  void wake_in(caf::timespan pause);
  void tick(std::uint64_t number);
  void decide(lease_state lease);
  void follow();
  void rest_for(caf::timespan pause);
  void rest();
  void follow_due(const snapshot_ptr& current);

  // -- the stations of one refresh, in their order
  void start();
  void fetched(const probe_list_ptr& list);
  void resolved(const resolution_list_ptr& list);
  void recall(const snapshot_ptr& current);
  void build(const device_explanations_ptr& before);
  void built(const build_result_ptr& result);
  void publish(const build_result_ptr& result);
  void published(const build_result_ptr& result, publish_outcome outcome);
  void find_out(const build_result_ptr& result, publish_outcome outcome);
  void keep_record(const build_result& result, publish_outcome outcome,
                   const refresh_findings& found);
  void done(const build_result& result, publish_outcome outcome);
  void hold(const build_result_ptr& result);
  void attempt_failed(const std::string& reason);
  void dropped(const char* why);
  void note_end(refresh_result result, std::string reason = {});
  caf::timespan begin_phase(refresh_phase phase);
  refresh_progress progress() const;
  void reload(const refresh_settings& next);
  caf::timespan deadline_left() const;

  pointer self;
  refresh_dependencies dependencies;
  refresh_settings with;
  caf::timespan fetch_timeout{};
  std::function<timestamp()> wall_clock;
  random_source random;

  bool running = false;
  time_point due{};        ///< when the next refresh of all devices is to start
  std::uint64_t timer = 0; ///< number of the newest tick
  std::optional<std::uint64_t>
      followed;             ///< version that `due` was last derived from while following
  std::size_t failures = 0; ///< attempts in a row that published nothing
  std::optional<std::size_t> candidate; ///< size of the result that was held for being too small
  time_point confirms_from{}; ///< a refresh that begins before confirms no candidate: else whoever
                              ///< may wish for refreshes could press a bad moment through

  refresh_trigger next_trigger = refresh_trigger::start;
  std::deque<std::string> requested_devices; ///< serial numbers to be refreshed alone
  refresh_progress told;                     ///< what `status` says, but for `next`
  std::string instance;                      ///< our name in reports
  std::shared_ptr<metrics_registry> metrics;

  // -- of the running refresh
  std::string device; ///< the one serial number it is about; empty: all of them
  time_point started{}, phase_began{};
  caf::timespan fetching{}, resolving{}, building{}, publishing{};
  build_order gathered; ///< by the stations so far
};

refresh_scheduler_actor::behavior_type
refresh_scheduler(refresh_scheduler_state::pointer self, refresh_dependencies dependencies,
                  refresh_settings with, caf::timespan hawkeye_timeout, std::string instance,
                  std::shared_ptr<metrics_registry> metrics, const platform& world);

} // namespace hawkeye
