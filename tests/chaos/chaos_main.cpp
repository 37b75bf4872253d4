// chaos [--seconds=180] [--seed=1] [--verbose]: two instances on real servers, each behind a proxy
// of its own to NATS and to Redis. Instances, servers and bridges are killed, stopped and brought
// back, links are cut, slowed, or lose everything in one direction, Redis loses its keys, and lists
// are cut, at random by a seed, while clients ask. No removal is confirmed within the time that
// this takes, so that the right answers never change. Exit code 0 only where no reply was wrong,
// none was missing while an instance could be reached, every stop was clean, Redis was written
// again, and in the end all is well.
#include <array>
#include <charconv>
#include <csignal>
#include <iostream>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/chaos/chaos_clients.hpp"
#include "tests/chaos/chaos_faults.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/support/tcp_proxy.hpp"

namespace hawkeye::chaos {

namespace {

using namespace std::chrono_literals;
using test::eventually;

/// An instance and its ways to the servers.
struct linked_instance {
  linked_instance(test::real_world& world, const test::arguments& options)
      : nats{world.nats.port()}, redis{world.redis.port()}, service{world.start_service_through(
                                                                nats.port(), redis.port(),
                                                                options)} {}

  /// Clients reach it.
  bool serves() {
    using link = test::tcp_proxy::link;
    return service.process.running() && (nats.state() == link::open || nats.state() == link::slow)
           && service.page("/ready") == 200;
  }

  test::tcp_proxy nats, redis;
  test::service_process service;
};

class chaos {
public:
  chaos(std::uint64_t seed, bool verbose)
      : world_{{}, redis_options()}, faults_{world_, seed}, verbose_{verbose} {
    world_.start_bridges({"--probes=200", "--ambiguous=3", "--unmonitored=10", "--late-by=3000"});
    for (int i = 0; i < 2; ++i)
      instances_.push_back(std::make_unique<linked_instance>(
          world_,
          test::arguments{"--refresh.interval=1s", "--refresh.jitter=200ms", "--hawkeye.timeout=1s",
                          "--bruin.timeout=500ms", "--bruin.attempts=20", "--redis.timeout=500ms",
                          "--refresh.guard-min-devices=0", "--refresh.guard-max-drop=0",
                          "--refresh.guard-confirm-after=24h"}));
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
      note_whether_reachable();
      std::this_thread::sleep_for(std::chrono::milliseconds{200 + faults_.draw() % 1500});
    }
    calm_down();
    const bool recovered = all_well(60s);
    note_whether_reachable();
    const auto& x = asking.counts();
    const auto answered = x.answered.load(), excused = x.excused();
    std::this_thread::sleep_for(1s); // clients go on asking while all is well
    const bool all_right = x.answered > answered && x.excused() == excused;
    asking.stop();
    std::cout << "chaos: " << x.sent << " requests sent, " << x.answered << " answered, " << x.wrong
              << " wrong, " << x.unanswered << " unanswered, " << x.unanswered_with_nats
              << " of them while an instance could be reached, " << x.refused << " refused, "
              << x.slow << " slow (over 1 s), " << x.building
              << " told that the cache is being built; " << disturbances_ << " disturbances, "
              << bad_stops_ << " bad stops, " << not_written_
              << " times not written to Redis again\n";
    if (!recovered)
      complain("the instances did not recover");
    if (!all_right)
      complain("not every client got devices while all was well");
    for (const auto& each : instances_)
      if (verbose_)
        std::cout << "log of an instance:\n" << each->service.process.output() << '\n';
    return recovered && all_right && x.wrong == 0 && x.refused == 0 && x.unanswered_with_nats == 0
           && bad_stops_ == 0 && not_written_ == 0 && x.answered > 0;
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
    return eventually([this] { return instances_[0]->serves() && instances_[1]->serves(); }, limit);
  }

  /// All servers and links are up, and both instances know all devices.
  bool knows_all() {
    using link = test::tcp_proxy::link;
    return world_.redis.running() && world_.nats.running()
           && instances_[0]->redis.state() == link::open
           && instances_[1]->redis.state() == link::open && all_well(0s);
  }

  void note_whether_reachable() {
    auto& outages = faults_.of_nats();
    if (world_.nats.running() && (instances_[0]->serves() || instances_[1]->serves())
        && !loses(*instances_[0]) && !loses(*instances_[1]))
      outages.end();
    else
      outages.begin();
  }

  /// NATS goes on handing requests to it, and they or the replies are lost.
  static bool loses(const linked_instance& x) {
    using link = test::tcp_proxy::link;
    return x.nats.state() == link::to_server_lost || x.nats.state() == link::to_program_lost;
  }

  void disturb() {
    ++disturbances_;
    const auto which = faults_.draw() % 2;
    auto &one = *instances_[which], &other = *instances_[1 - which];
    const auto what = faults_.draw() % 14;
    note(what);
    switch (what) {
    case 0:
      // What it has just taken is lost with it.
      faults_.of_nats().begin();
      if (forgive_bridges())
        faults_.end_or_start(one.service.process, [](auto& x) { x.kill9(); });
      return faults_.of_nats().end(500ms);
    case 1:
      if (!other.serves()) // between its last reply and its end there is nobody
        faults_.of_nats().begin();
      if (forgive_bridges())
        faults_.end_or_start(one.service.process, [this](auto& x) { stop(x); });
      return faults_.of_nats().end(500ms);
    case 2:
      faults_.of_nats().begin();
      faults_.pause_for_a_while(one.service.process);
      return faults_.of_nats().end(500ms);
    case 3:
      faults_.of_nats().begin();
      change(one.nats);
      return faults_.of_nats().end(loses(one) ? 5s : 500ms);
    case 4:
      return forgive_bridges() ? change(one.redis) : void();
    case 5:
      return damage_redis();
    default:
      return faults_.disturb(knows_all());
    }
  }

  /// Where and what was disturbed, for the search for what a wrong reply came from.
  void note(std::uint64_t what) {
    if (!verbose_)
      return;
    const std::chrono::duration<double> at = std::chrono::steady_clock::now() - began_;
    std::cout << at.count() << " s disturbance " << what << ": nats " << world_.nats.running()
              << " redis " << world_.redis.running() << " bridges " << world_.bridges->running()
              << " whole lists " << faults_.lists_are_whole();
    for (const auto& x : instances_)
      std::cout << "; instance " << x->service.process.running() << " nats "
                << static_cast<int>(x->nats.state()) << " redis "
                << static_cast<int>(x->redis.state()) << " ready " << x->service.page("/ready");
    std::cout << std::endl;
  }

  /// A link that is not open is opened; another one is broken in some way.
  void change(test::tcp_proxy& one) {
    using link = test::tcp_proxy::link;
    constexpr std::array ways{link::cut, link::to_server_lost, link::to_program_lost, link::slow};
    one.set(one.state() == link::open ? ways[faults_.draw() % ways.size()] : link::open);
  }

  /// An instance that knows neither Redis nor the other one may believe a list that is cut. False:
  /// the bridges cannot be reached now and may go on cutting lists.
  bool forgive_bridges() {
    faults_.change_bridges(false);
    return faults_.lists_are_whole();
  }

  /// Somebody knows what was lost, and writes it again soon.
  void damage_redis() {
    if (!knows_all())
      return;
    faults_.damage_redis();
    const bool written = eventually(
        [this] {
          const auto stored = world_.stored();
          return stored.has_value() && stored->array && stored->meta;
        },
        10s);
    not_written_ += !written;
  }

  void stop(test::server_process& instance) {
    if (instance.terminate() != 0) {
      ++bad_stops_;
      std::cout << "chaos: an instance did not stop cleanly:\n" << instance.output() << '\n';
    }
  }

  void calm_down() {
    for (auto& each : instances_) {
      each->nats.set(test::tcp_proxy::link::open);
      each->redis.set(test::tcp_proxy::link::open);
      if (!each->service.process.running())
        each->service.process.start();
    }
    faults_.calm_down();
  }

  test::scratch_directory files_;
  test::real_world world_;
  faults faults_;
  std::vector<std::unique_ptr<linked_instance>> instances_;
  std::size_t disturbances_ = 0, bad_stops_ = 0, not_written_ = 0;
  bool verbose_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
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
  bool verbose = false;
  for (int i = 1; i < count; ++i)
    if (arguments[i] == std::string_view{"--verbose"})
      verbose = true;
    else if (!hawkeye::chaos::read_number(arguments[i], "--seconds=", seconds)
             && !hawkeye::chaos::read_number(arguments[i], "--seed=", seed)) {
      std::cerr << "usage: chaos [--seconds=180] [--seed=1] [--verbose]\n";
      return 2;
    }
  std::signal(SIGPIPE, SIG_IGN);
  std::cout << "chaos: seed " << seed << ", " << seconds << " s\n" << std::flush;
  return hawkeye::chaos::chaos{seed, verbose}.run(std::chrono::seconds{seconds}) ? 0 : 1;
}
