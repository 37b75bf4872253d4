// One seed's story: one to three instances on one NATS and one Redis, on a virtual clock, with
// everything going wrong that the seed asks for. After every step the rules are looked at; at the
// end the faults stop and every instance has to come to the same right answer.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "actors/lease_keeper.hpp"
#include "tests/simulation/clients.hpp"
#include "tests/simulation/replica.hpp"
#include "tests/simulation/rules.hpp"
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
    std::optional<std::size_t> jobs_before_death;
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
  void trouble_redis();
  void trouble_lease();
  void trouble_connection();
  void kill_or_start();
  void kill(slot& which);
  void start(slot& which);
  void request_refresh();

  // -- the end
  void calm_down();
  void converge();
  std::string not_converged();

  // -- what instances do
  std::shared_ptr<const redis_watch> watch(const std::shared_ptr<std::weak_ptr<replica>>& by);
  redis_fate fate_of(replica* by, const char* call);
  void published(replica& by, const test::published_message& message);
  void tell_others(const test::published_message& message);
  void refresh_begins(replica& by);
  slot& any_slot();
  std::shared_ptr<replica> find(const replica& x);

  test::virtual_system world_;
  event_log log_;
  chance luck_;
  settings with_;
  rules law_;
  std::shared_ptr<test::redis_memory> redis_ = std::make_shared<test::redis_memory>();
  upstream bridges_;
  clients clients_;
  std::vector<slot> slots_;
  std::multimap<time_point, std::function<void()>> events_;
  duration grid_; ///< what happens closer together than this happens at once
  std::optional<std::size_t> payload_limit_;
  std::size_t lives_ = 0, steps_ = 0;
  time_point lease_disturbed_; ///< until then the lease need not have been where it should be
  bool calm_ = false;
};

} // namespace hawkeye::simulation
