// Second stage of a refresh: asks Bruin about every probe, first for its client, then for its
// management status. Many calls are in flight, as many as Bruin serves without queueing. A failed
// call goes to the end of the queue until its attempts are used up. Threading: cooperative; a call
// holds no thread while it waits.
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

  /// One call that is waiting to be made or repeated.
  struct task {
    std::size_t index;     ///< of the probe in the list
    std::size_t attempt;   ///< attempts that have failed so far
    std::string client_id; ///< for the management status only; raw JSON
    bool trial = false;    ///< only tests whether Bruin answers
  };

  /// One of the two questions to Bruin: its subject, the calls that wait for it, and its circuit
  /// breaker.
  struct lane {
    std::string subject;
    std::string_view question;
    outcome failed_outcome;
    std::deque<task> waiting;
    circuit_breaker breaker;
    /// The last call of this list that was answered. A trial call repeats it, so that devices for
    /// which Bruin always fails do not block the others.
    std::optional<task> answered{};
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

  std::uint64_t run = 0;            ///< number of this run; results of earlier runs are ignored
  probe_list_ptr probes;            ///< null: no run is active
  question_clock_ptr question_time; ///< stamps each answer with the time of its question
  resolution_list resolutions;
  std::size_t unsettled = 0;
  std::size_t client_bytes = 0; ///< size of the client data received so far
  std::size_t begin_at = 0;     ///< index in the list at which the next run begins
  time_point last_answer;    ///< time of Bruin's last good answer, or of the beginning of this run
  std::size_t in_flight = 0; ///< including calls of earlier runs, which still load Bruin
  bool pausing = false;      ///< a tick is scheduled
  caf::typed_response_promise<resolution_list_ptr> promise;
};

bruin_resolver_pool_actor::behavior_type
bruin_resolver_pool(bruin_resolver_pool_state::pointer self, bridge_access bridges,
                    bruin_settings settings, const platform& world);

} // namespace hawkeye
