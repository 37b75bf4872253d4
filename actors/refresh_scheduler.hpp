// Decides when a refresh runs, and runs its phases: fetch, resolve, build, publish, record. There
// are never two at once; requests during a refresh are coalesced. Of several instances only the
// holder of the lease refreshes. While Redis cannot say who holds it, every instance refreshes on
// its own interval. Threading: cooperative. Intervals are measured on the steady actor clock, so a
// wall clock that jumps changes nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/process/metrics.hpp"
#include "actors/process/platform.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

/// An actor of this process that does not answer within this time never will.
constexpr caf::timespan local_timeout = std::chrono::minutes{2};

/// The actors that take part in a refresh.
struct refresh_actors {
  hawkeye_fetcher_actor fetcher;
  bruin_resolver_pool_actor pool;
  snapshot_builder_actor builder;
  redis_store_actor store;
  lease_keeper_actor lease;
  notifier_actor notifier;
  refresh_history_actor history;
};

struct refresh_scheduler_state {
  using pointer = refresh_scheduler_actor::stateful_pointer<refresh_scheduler_state>;
  static inline const char* name = "refresh_scheduler";

  explicit refresh_scheduler_state(pointer self) : self{self} {}

  /// A refresh of few devices that has its own due time.
  struct partial_refresh {
    time_point due{};
    std::vector<std::string> serial_numbers;
  };

  // -- when
  refresh_state request_refresh(const std::string& serial_number);
  bool will_ask_about(const std::string& serial_number) const;
  void wake_in(caf::timespan pause);
  void tick(std::uint64_t number);
  void decide(lease_state lease);
  void begin_what_is_due(lease_state lease);
  time_point next_due() const;
  void stay_idle();
  void look_at(const snapshot_ptr& current);
  void confirm_later(const snapshot& current);
  void follow();
  void follow_snapshot(const snapshot_ptr& current);
  void report_stale_snapshot();
  void reload(const hawkeye::settings& next);
  refresh_progress progress() const;
  void use(const hawkeye::settings& next);

  // -- the phases of one refresh, in their order
  void start(refresh_trigger trigger, std::optional<std::vector<std::string>> about);
  void fetch(const known_snapshot& known);
  void fetched(const probe_list_ptr& list);
  void resolved(const resolution_list_ptr& list);
  void load_previous(const known_snapshot& known);
  void build(const device_explanations_ptr& before);
  void built(const build_result_ptr& result);
  void published(const build_result_ptr& result, const published_snapshot& now);
  void keep_record(const build_result& result, publish_outcome outcome,
                   const refresh_findings& found);
  void done(const build_result& result, publish_outcome outcome);
  void send_incidents(const build_result& result);
  void report_ambiguous(const build_result& result);
  void plan_confirmation(const build_result& result);
  void report_removals(const removals& removed);
  void plan_next(const build_result& result);
  void note_silence(const build_result& result);
  void attempt_failed(const std::string& reason);
  void note_end(refresh_result result, std::string reason = {});
  void go_idle();
  caf::timespan begin_phase(refresh_phase phase);
  caf::timespan deadline_left() const;
  bool is_in_future(const snapshot& x) const;
  caf::timespan age_of(const snapshot& x) const;
  void note_origin(const snapshot& x);
  caf::timespan since_last_refresh(const snapshot_ptr& previous);
  bool is_of_one_device() const {
    return status.trigger == refresh_trigger::device;
  }

  pointer self;
  refresh_actors actors;
  refresh_settings settings;
  removal_rules rules;
  caf::timespan fetch_timeout{};
  std::function<timestamp()> wall_clock;
  std::optional<question_clock> question_time;
  random_source random;
  std::string instance; ///< name of this instance in reports
  std::shared_ptr<metrics_registry> metrics;

  bool running = false;
  time_point due{}; ///< when the next refresh of all devices is to start
  refresh_trigger next_trigger = refresh_trigger::start;
  std::optional<partial_refresh> to_confirm;   ///< devices whose removal waits for confirmation
  std::optional<partial_refresh> silent;       ///< devices for which Bruin did not answer
  std::size_t silent_rounds = 0;               ///< refreshes in a row that found such devices
  std::unordered_set<std::string> long_silent; ///< such devices since the first of these refreshes
  std::size_t unanswered_refreshes = 0; ///< of all devices, in a row, without any answer of Bruin
  bool all_requested = false;         ///< a refresh of all devices was requested and has not begun
  bool follows = false;               ///< another instance held the lease at the last check
  bool removals_reported = false;     ///< the devices in `to_confirm` were reported
  std::size_t confirmed_removals = 0; ///< since the last report that no device waits
  ambiguous_list ambiguous;           ///< of the last refresh of all devices
  /// Hashes of the serial numbers for which Bruin has answered who the clients are.
  std::unordered_set<std::uint64_t> clients_known;
  std::deque<std::string> requested_devices; ///< serial numbers with a refresh request of their own
  std::uint64_t timer = 0;                   ///< number of the newest tick
  std::size_t failures = 0;                  ///< attempts in a row that published nothing
  /// Version from which `due` was last computed while another instance refreshes.
  std::optional<std::uint64_t> followed;
  std::optional<timestamp> followed_refresh; ///< built_at of that version
  std::optional<timestamp> refreshed_at;     ///< built_at of the last known refresh of all devices
  time_point refreshed{};                    ///< when it was first seen, on the steady clock
  refresh_progress status; ///< the status that is shown; `next` is added when it is requested

  // -- of the running refresh
  time_point started{}, phase_began{};
  caf::timespan fetching{}, resolving{}, building{}, publishing{};
  build_order order; ///< filled by the phases, one after another
};

refresh_scheduler_actor::behavior_type refresh_scheduler(refresh_scheduler_state::pointer self,
                                                         refresh_actors actors,
                                                         const settings& from, std::string instance,
                                                         std::shared_ptr<metrics_registry> metrics,
                                                         const platform& world);

} // namespace hawkeye
