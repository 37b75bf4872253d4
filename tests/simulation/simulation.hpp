// One seed's story: one to three instances on one NATS and one Redis, on a virtual clock, with
// everything going wrong that the seed asks for. After every step the oracle decides; at the end
// the faults stop and every instance has to come to the same right answer.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "actors/lease_keeper.hpp"
#include "tests/simulation/clients.hpp"
#include "tests/simulation/oracle.hpp"
#include "tests/simulation/replica.hpp"
#include "tests/simulation/upstream.hpp"

namespace hawkeye::simulation {

struct verdict_of_seed {
  std::optional<std::string> broken; ///< the promise that was not kept
  std::uint64_t trace = 0;           ///< the same for the same seed
  std::size_t steps = 0;
  std::map<std::string, std::uint64_t> counts; ///< how often what happened
};

class simulation {
public:
  simulation(std::uint64_t seed, bool verbose);
  ~simulation();

  verdict_of_seed run();

private:
  struct slot {
    std::shared_ptr<replica> one; ///< null: down
    std::string seen;             ///< the devices it answered with last
    time_point able_since{};      ///< that it can ask the bridges; 0: it cannot
    time_point serves_since{};    ///< that it has devices; 0: it has none
  };

  // -- time, in simulation_time.cpp
  void step(time_point to);
  void pass(duration time);
  void jump(duration time);
  time_point next_event();
  void deliver_due();
  void check();
  void later(duration pause, std::function<void()> what);

  // -- what can happen, in simulation_actions.cpp
  void act();
  void ask();
  void time_passes();
  void quiet_minutes();
  void flood_of_single_devices();
  void hear_apart();
  void disturb_redis();
  void damage_redis();
  void all_ask_for_all(duration pause);
  void lose_payloads();
  void disturb_lease();
  void cut_nats();
  void cut_redis();
  void kill_or_start();
  void kill(slot& which);
  void start(slot& which);
  void rolling_restart();
  void request_refresh();
  void request_refresh(replica& by, const std::string& serial);
  void reload();
  settings current_settings() const;
  void step_wall_clock();

  // -- the end
  void calm_down();
  void converge();
  std::string not_converged();

  // -- what instances do
  std::shared_ptr<const redis_watch> watch(const std::shared_ptr<std::weak_ptr<replica>>& by);
  redis_fate fate_of(replica* by, const char* call);
  void published(replica& by, const test::published_message& message);
  void forward_update(const test::published_message& message);
  void forward_request(const replica& by, const test::published_message& message);
  void forward_reply(const test::published_message& message);
  bool can_refresh(const slot& x) const;
  void check_somebody_refreshes();
  void check_promised_refresh();
  void check_redis_is_whole();
  void check_joined_late(const slot& x);
  void refresh_begins(replica& by);
  bool redis_up(const replica& by);
  slot& any_slot();
  std::shared_ptr<replica> find(const replica& x);

  test::virtual_system world_;
  event_log log_;
  chance luck_;
  settings options_;
  oracle oracle_;
  std::shared_ptr<test::redis_memory> redis_ = std::make_shared<test::redis_memory>();
  upstream bridges_;
  clients clients_;
  std::vector<slot> slots_;
  std::multimap<time_point, std::function<void()>> events_;
  duration grid_; ///< what happens closer together than this happens at once
  std::optional<std::size_t> payload_limit_;
  std::size_t lives_ = 0, steps_ = 0;
  time_point lease_disturbed_; ///< until then the lease need not have been where it should be
  bool calm_ = false, flooded_ = false, narrow_ = false, wall_steps_ = false;
  time_point redis_whole_;   ///< then what Redis holds was whole, or nobody could know
  time_point began_refresh_; ///< by an instance that can, or since when one can
  std::vector<std::pair<std::string, std::string>> redis_was_; ///< arrays and metas, the older ones
};

} // namespace hawkeye::simulation
