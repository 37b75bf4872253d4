// chaos [--seconds=180] [--seed=1]: two instances on real servers; instances, Redis, NATS and the
// bridges are killed, stopped and brought back at random by a seed, while clients ask. Prints what
// they saw; exit code 0 only where no reply was wrong, every stop was clean, and in the end all is
// well.
#include <charconv>
#include <csignal>
#include <iostream>
#include <random>
#include <string_view>

#include "messages/moment.hpp"
#include "tests/chaos/chaos_clients.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

namespace hawkeye::chaos {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::eventually;

class chaos {
public:
  explicit chaos(std::uint64_t seed) : luck_{seed}, world_{{}, redis_options()} {
    world_.start_bridges({"--probes=200", "--ambiguous=3", "--unmonitored=10", "--late-by=3000"});
    for (int i = 0; i < 2; ++i)
      instances_.push_back(world_.start_service({"--refresh.interval=1s", "--refresh.jitter=200ms",
                                                 "--hawkeye.timeout=1s", "--bruin.timeout=500ms",
                                                 "--bruin.attempts=20", "--redis.timeout=500ms"}));
  }

  bool run(std::chrono::seconds length) {
    if (!all_well(30s))
      return complain("the instances do not get ready");
    const auto questions = ask_calmly();
    if (questions.empty())
      return complain("the first answer is not the right one");
    clients asking{test::nats_url(world_.nats), questions, 4};
    const auto until = std::chrono::steady_clock::now() + length;
    while (std::chrono::steady_clock::now() < until) {
      disturb();
      std::this_thread::sleep_for(std::chrono::milliseconds{200 + luck_() % 1500});
    }
    calm_down();
    const bool recovered = all_well(60s);
    std::this_thread::sleep_for(1s); // clients go on asking while all is well
    asking.stop();
    const auto& x = asking.counts();
    std::cout << "chaos: " << x.sent << " requests sent, " << x.answered << " answered, " << x.wrong
              << " wrong, " << x.slow << " slow (over 1 s), " << x.building
              << " told that the cache is being built; " << disturbances_ << " disturbances, "
              << bad_stops_ << " bad stops\n";
    if (!recovered)
      complain("the instances did not recover");
    return recovered && x.wrong == 0 && bad_stops_ == 0 && x.answered > 0;
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

  /// Questions with their answers, taken while all is well, and checked against the stand-in.
  std::vector<question> ask_calmly() {
    world_.forget_client();
    const auto all = world_.ask();
    auto mine = all.value("body", json{}), expected = world_.expected();
    const auto by_serial = [](const json& a, const json& b) {
      return a["serial_number"] < b["serial_number"];
    };
    auto sorted = mine;
    std::sort(sorted.begin(), sorted.end(), by_serial);
    std::sort(expected.begin(), expected.end(), by_serial);
    if (sorted != expected || mine.empty())
      return {};
    std::vector<question> result{with_answer("{}"),
                                 with_answer(R"({"last_contact_filter":"9999"})"),
                                 with_answer(R"({"last_contact_filter":"9999-12-31"})")};
    for (std::size_t i = 0; i < mine.size(); i += 40) {
      const auto filter = mine[i]["last_contact"].get<std::string>();
      result.push_back(with_answer(json{{"last_contact_filter", filter}}.dump()));
      const auto reply = json::parse("{" + result.back().answer);
      const auto after =
          static_cast<std::size_t>(std::count_if(mine.begin(), mine.end(), [&](const json& device) {
            return parse_moment(device["last_contact"].get<std::string>()) > parse_moment(filter);
          }));
      if ((reply["status"] == 200 ? reply["body"].size() : 0) != after)
        return {};
    }
    return result;
  }

  question with_answer(const std::string& body) {
    const auto reply =
        world_.client().ask(test::rpc_subject, R"({"request_id":0,"body":)" + body + "}");
    return {body, reply ? reply->substr(reply->find("\"body\"")) : "no answer"};
  }

  void disturb() {
    ++disturbances_;
    auto& one = instances_[luck_() % 2].process;
    switch (luck_() % 10) {
    case 0:
      return bring_back_or([&] { one.kill9(); }, one);
    case 1:
      return bring_back_or([&] { stop(one); }, one);
    case 2:
      return pause_for_a_while(one);
    case 3:
      return bring_back_or([&] { world_.redis.kill9(); }, world_.redis);
    case 4:
      return pause_for_a_while(world_.redis);
    case 5:
      return bring_back_or([&] { world_.nats.kill9(); }, world_.nats);
    case 6:
      return pause_for_a_while(world_.nats);
    case 7:
      return bring_back_or([&] { world_.bridges->kill9(); }, *world_.bridges);
    default:
      return change_faults();
    }
  }

  template <class Break>
  void bring_back_or(Break do_break, test::server_process& what) {
    if (what.running())
      do_break();
    else
      what.start();
  }

  void stop(test::server_process& instance) {
    if (instance.terminate() != 0) {
      ++bad_stops_;
      std::cout << "chaos: an instance did not stop cleanly:\n" << instance.output() << '\n';
    }
  }

  void pause_for_a_while(test::server_process& what) {
    if (!what.running())
      return;
    what.pause();
    std::this_thread::sleep_for(std::chrono::milliseconds{luck_() % 3000});
    what.resume();
  }

  /// Faults that cost time, not devices: Bruin's are outlived by trying again.
  void change_faults() {
    if (!world_.nats.running() || !world_.bridges->running())
      return;
    static const std::vector<std::string> faults{"none",         "garbage",     "silence",
                                                 "error_status", "late",        "twice",
                                                 "token",        "null_status", "empty_list"};
    const auto& hawkeye = faults[luck_() % faults.size()];
    const auto bruin = luck_() % (faults.size() - 1); // an empty list would be a clear "no"
    try {
      world_.forget_client();
      world_.control({{"hawkeye_fault", hawkeye},
                      {"bruin_fault", bruin == 0 ? faults[0] : faults[bruin] + ":10"}});
    } catch (const std::exception&) {
      // NATS or the stand-in is just coming back: another time.
    }
  }

  void calm_down() {
    for (auto* each : {&world_.nats, &world_.redis, &*world_.bridges, &instances_[0].process,
                       &instances_[1].process})
      if (!each->running())
        each->start();
    eventually(
        [this] {
          try {
            world_.forget_client();
            world_.control({{"hawkeye_fault", "none"}, {"bruin_fault", "none"}});
            return true;
          } catch (const std::exception&) {
            return false;
          }
        },
        20s);
  }

  std::mt19937_64 luck_;
  test::scratch_directory files_;
  test::real_world world_;
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
