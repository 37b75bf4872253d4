// Second stage of a refresh: asks Bruin about every probe, first whose it is, then whether it is
// monitored. Many calls are in flight, as many as Bruin serves without queueing;
// failed ones go to the end of the line until their tries are used up. Threading: cooperative; a
// call holds no thread while it waits.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_set>

#include "actors/bridge_client.hpp"
#include "actors/interfaces.hpp"
#include "actors/process/platform.hpp"
#include "messages/base/pacing.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

struct bruin_resolver_pool_state {
  using pointer = bruin_resolver_pool_actor::stateful_pointer<bruin_resolver_pool_state>;
  static inline const char* name = "bruin_resolver_pool";

  /// One call to make, or to make again.
  struct task {
    std::size_t index;     ///< of the probe
    std::size_t attempt;   ///< tries that failed already
    std::string client_id; ///< for the management status only: raw JSON
    bool trial = false;    ///< asked only to see whether Bruin answers
  };

  /// One of Bruin's two questions: its subject, the calls that wait for it, whether it answers at
  /// all.
  struct lane {
    std::string subject;
    std::string_view question;
    outcome failed_outcome;
    std::deque<task> waiting;
    circuit_breaker breaker;
    std::optional<task> answered{}; ///< the last one of this list that was; a trial repeats it, so
                                    ///< that devices for which Bruin always fails hold up no other
  };
  static constexpr std::size_t client_info_lane = 0, status_lane = 1;

  explicit bruin_resolver_pool_state(pointer self);

  caf::result<resolution_list_ptr> resolve(const probe_list_ptr& list, caf::timespan within,
                                           const question_clock_ptr& clock);
  void step();
  bool bruin_is_silent() const;
  std::optional<task> next_of(lane& from);
  bool start_from(std::size_t which);
  void call(std::size_t which, task question);
  void ended(std::uint64_t of_run, std::size_t which, task question, time_point sent,
             const expected<json_slice>& reply);
  std::optional<failure> understand(std::size_t which, const task& question, time_point sent,
                                    const expected<json_slice>& reply);
  std::optional<failure> understand_clients(const task& question, time_point sent,
                                            const json_slice& body);
  std::optional<failure> understand_status(const task& question, time_point sent,
                                           const json_slice& body);
  void try_again(std::size_t which, task question, const failure& why);
  void settle(std::size_t index, outcome why, std::string detail);
  resolver_progress progress() const;
  void reload(const bruin_settings& next);
  void wait_for_breakers();
  void expire();
  void finish();
  void give_up(const std::string& reason);
  void forget_run();

  pointer self;
  bridge_access bridges;
  bruin_settings settings;
  std::unordered_set<std::string> monitored;
  random_source random;
  std::function<timestamp()> wall_clock;
  std::array<lane, 2> lanes;
  concurrency_limit limit;

  std::uint64_t run = 0;            ///< what belongs to an earlier one is ignored
  probe_list_ptr probes;            ///< null: nothing to do
  question_clock_ptr question_time; ///< says when a call was made
  resolution_list resolutions;
  std::size_t unsettled = 0;
  std::size_t client_bytes = 0; ///< of what Bruin said of clients so far
  std::size_t begin_at = 0;     ///< where the next resolution begins in its list
  time_point last_answer;       ///< Bruin's last good answer, or the beginning of this run
  std::size_t in_flight = 0;    ///< of earlier runs, too: Bruin works on them still
  bool pausing = false;         ///< a tick is on its way
  caf::typed_response_promise<resolution_list_ptr> promise;
};

bruin_resolver_pool_actor::behavior_type
bruin_resolver_pool(bruin_resolver_pool_state::pointer self, bridge_access bridges,
                    bruin_settings settings, const platform& world);

} // namespace hawkeye
