// chaos [--seconds=180] [--seed=1]: two instances on real servers; instances, Redis, NATS and the
// bridges are killed, stopped and brought back at random by a seed, while clients ask. Prints what
// they saw; exit code 0 only where no reply was wrong, every stop was clean, and in the end all is
// well.
#include <charconv>
#include <csignal>
#include <iostream>
#include <string_view>
#include <thread>

#include "tests/chaos/chaos_clients.hpp"
#include "tests/chaos/chaos_faults.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

namespace hawkeye::chaos {

namespace {

using namespace std::chrono_literals;
using test::eventually;

class chaos {
public:
  explicit chaos(std::uint64_t seed) : world_{{}, redis_options()}, faults_{world_, seed} {
    world_.start_bridges({"--probes=200", "--ambiguous=3", "--unmonitored=10", "--late-by=3000"});
    for (int i = 0; i < 2; ++i)
      instances_.push_back(world_.start_service({"--refresh.interval=1s", "--refresh.jitter=200ms",
                                                 "--hawkeye.timeout=1s", "--bruin.timeout=500ms",
                                                 "--bruin.attempts=20", "--redis.timeout=500ms"}));
  }

  bool run(std::chrono::seconds length) {
    if (!all_well(30s))
      return complain("the instances do not get ready");
    const auto questions = learn_questions(world_);
    if (questions.empty())
      return complain("the first answer is not the right one");
    // So that a chaos of minutes stays a load that a small machine carries: a pause of 5 ms.
    clients asking{world_, faults_.of_nats(), questions, 4, 5ms};
    const auto until = std::chrono::steady_clock::now() + length;
    while (std::chrono::steady_clock::now() < until) {
      disturb();
      std::this_thread::sleep_for(std::chrono::milliseconds{200 + faults_.draw() % 1500});
    }
    calm_down();
    const bool recovered = all_well(60s);
    std::this_thread::sleep_for(1s); // clients go on asking while all is well
    asking.stop();
    const auto& x = asking.counts();
    std::cout << "chaos: " << x.sent << " requests sent, " << x.answered << " answered, " << x.wrong
              << " wrong, " << x.refused << " refused, " << x.slow << " slow (over 1 s), "
              << x.building << " told that the cache is being built; " << disturbances_
              << " disturbances, " << bad_stops_ << " bad stops\n";
    if (!recovered)
      complain("the instances did not recover");
    return recovered && x.wrong == 0 && x.refused == 0 && bad_stops_ == 0 && x.answered > 0;
  }

private:
  /// What it has taken survives its death, as where it is run in earnest.
  test::arguments redis_options() const {
    return {"--dir", files_.path("."), "--appendonly", "yes", "--appendfsync", "always"};
  }

  static bool complain(const std::string& what) {
    std::cout << "chaos: " << what << '\n';
    return false;
  }

  bool all_well(std::chrono::milliseconds limit) {
    return eventually(
        [this] {
          return instances_[0].page("/ready") == 200 && instances_[1].page("/ready") == 200
                 && instances_[0].process.running() && instances_[1].process.running();
        },
        limit);
  }

  void disturb() {
    ++disturbances_;
    auto& one = instances_[faults_.draw() % 2].process;
    switch (faults_.draw() % 10) {
    case 0:
      return faults_.end_or_start(one, [](auto& x) { x.kill9(); });
    case 1:
      return faults_.end_or_start(one, [this](auto& x) { stop(x); });
    case 2:
      return faults_.pause_for_a_while(one);
    default:
      return faults_.disturb();
    }
  }

  void stop(test::server_process& instance) {
    if (instance.terminate() != 0) {
      ++bad_stops_;
      std::cout << "chaos: an instance did not stop cleanly:\n" << instance.output() << '\n';
    }
  }

  void calm_down() {
    for (auto& each : instances_)
      if (!each.process.running())
        each.process.start();
    faults_.calm_down();
  }

  test::scratch_directory files_;
  test::real_world world_;
  faults faults_;
  std::vector<test::service_process> instances_;
  std::size_t disturbances_ = 0, bad_stops_ = 0;
};

bool read_number(std::string_view argument, std::string_view name, std::uint64_t& into) {
  if (!argument.starts_with(name))
    return false;
  argument.remove_prefix(name.size());
  const auto [end, problem] =
      std::from_chars(argument.data(), argument.data() + argument.size(), into);
  return problem == std::errc{} && end == argument.data() + argument.size();
}

} // namespace

} // namespace hawkeye::chaos

int main(int count, char** arguments) {
  std::uint64_t seconds = 180, seed = 1;
  for (int i = 1; i < count; ++i)
    if (!hawkeye::chaos::read_number(arguments[i], "--seconds=", seconds)
        && !hawkeye::chaos::read_number(arguments[i], "--seed=", seed)) {
      std::cerr << "usage: chaos [--seconds=180] [--seed=1]\n";
      return 2;
    }
  std::signal(SIGPIPE, SIG_IGN);
  std::cout << "chaos: seed " << seed << ", " << seconds << " s\n" << std::flush;
  return hawkeye::chaos::chaos{seed}.run(std::chrono::seconds{seconds}) ? 0 : 1;
}
