// soak [--seconds=300] [--seed=1] [--hostile-mb=2] [--faults=yes|no] [--out=build/soak]: one
// service on real servers under load, refreshes, faults and hostile input all at once. Prints what
// it used and how it answered over time; exit code 0 only where no answer was wrong or missing,
// nothing grew, and in the end the service is well.
//
// While it is warm hostile input comes, so that every buffer has had its largest content once; then
// a calm while, the storm, and a quiet while. Clients ask in all four.
#include <charconv>
#include <csignal>
#include <fstream>
#include <functional>
#include <iostream>
#include <string_view>
#include <thread>

#include "tests/chaos/chaos_clients.hpp"
#include "tests/chaos/chaos_faults.hpp"
#include "tests/soak/hostile_clients.hpp"
#include "tests/soak/soak_samples.hpp"
#include "tests/soak/starvation.hpp"
#include "tests/support/scratch_directory.hpp"

namespace hawkeye::soak {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

struct plan {
  double length = 300, hostile_mb = 2; ///< seconds; megabytes a second
  std::uint64_t seed = 1;
  bool faults = true;
  std::string out = "build/soak";
};

class soak {
public:
  explicit soak(const plan& with)
      : with_{with}, monitoring_{test::free_port()}, world_{"http_port: "
                                                                + std::to_string(monitoring_),
                                                            redis_options()},
        faults_{world_, with.seed}, log_{with.out} {
    world_.violations_meant = true; // hostile clients choose where replies go
    // Names of 10 kB: the whole answer is larger than NATS allows, and stands in Redis.
    world_.start_bridges({"--probes=700", "--hostile=300", "--malformed-probes=5", "--no-serial=5",
                          "--never-contacted=5", "--duplicates=5", "--ambiguous=3",
                          "--unmonitored=10", "--late-by=3000"});
    service_.emplace(
        world_.start_service({"--refresh.interval=3s", "--refresh.jitter=300ms",
                              "--hawkeye.timeout=2s", "--bruin.timeout=1s", "--bruin.attempts=20",
                              "--redis.timeout=500ms", "--redis.payload-ttl=30s"}));
  }

  bool run() {
    if (!well(60s))
      return complain("the service does not get ready");
    auto questions = chaos::learn_questions(world_);
    if (questions.empty())
      return complain("the first answer is not the right one");
    chaos::clients asking{world_, faults_.of_nats(), std::move(questions), 2, 25ms};
    asking_ = &asking;
    const auto subjects = subjects_of_service(monitoring_);
    std::cout << "hostile input goes to the pages and to";
    for (const auto& subject : subjects)
      std::cout << ' ' << subject;
    std::cout << "\n\n";
    begin_ = clock::now();
    // By then what is kept of the last fifty refreshes has its full size.
    const double warm = std::min(180.0, with_.length / 8);
    const double around = std::min(30.0, with_.length / 8);
    go_on_among_hostile(subjects, "warm", warm, false);
    rest("calm", around);
    go_on_among_hostile(subjects, "storm", with_.length - warm - 2 * around, with_.faults);
    if (service_->process.running())
      faults_.calm_down();
    rest("quiet", around);
    const bool recovered = well(60s);
    expect_devices([] { std::this_thread::sleep_for(1s); });
    asking.stop();
    return verdict(recovered, asking.counts());
  }

private:
  /// As where it is run in earnest: what it has taken survives its death.
  test::arguments redis_options() const {
    return {"--dir", files_.path("."), "--appendonly", "yes"};
  }

  static bool complain(const std::string& what) {
    std::cout << "soak: " << what << '\n';
    return false;
  }

  bool well(std::chrono::milliseconds limit) {
    return test::eventually(
        [this] { return service_->page("/_health") == 200 && service_->page("/ready") == 200; },
        limit);
  }

  static std::string interval(const std::string& length) {
    return "[refresh]\njitter = 0s\ninterval = " + length + "\n";
  }

  /// First a refresh or two, after which the service gives back what is free, also of what came
  /// before; then none, so that memory is what is held, not what one of them needs for a timestamp.
  void rest(const char* phase, double length) {
    const double refreshing = std::min(8.0, length / 2);
    go_on(phase, refreshing);
    refresh_every("1h");
    const auto to_its_end = [&] {
      go_on(phase, length - refreshing);
    };
    disturbances_ == 0 ? expect_devices(to_its_end) : to_its_end();
    refresh_every("3s");
  }

  /// Meanwhile nothing is broken, so no client may be told that something is.
  void expect_devices(const std::function<void()>& meanwhile) {
    const auto& counts = asking_->counts();
    const auto answered = counts.answered.load(), excused = counts.excused();
    meanwhile();
    without_devices_ += counts.excused() - excused + (counts.answered == answered ? 1 : 0);
  }

  void refresh_every(const std::string& length) {
    files_.write("config.ini", interval(length));
    service_->process.signal(SIGHUP);
  }

  void go_on_among_hostile(const std::vector<std::string>& subjects, const char* phase,
                           double length, bool faults) {
    hostile_clients hostile{
        test::nats_url(world_.nats), subjects, service_->http,   with_.hostile_mb * 1e6,
        with_.seed + *phase,         hostile_, faults_.of_nats()};
    go_on(phase, length, [&] {
      if (faults)
        break_or_mend(hostile);
    });
  }

  /// Breaks something every quarter of a minute, and mends it after five seconds. In such a
  /// timestamp no large message is on its way: of one that is cut off nats.c 3.4 keeps for ever
  /// what came of it (leaks.supp), and ours could not be told from that.
  void break_or_mend(hostile_clients& hostile) {
    if (clock::now() < next_fault_)
      return;
    if (disturbed_) {
      faults_.calm_down();
    } else {
      hostile.hold(true);
      std::this_thread::sleep_for(300ms);
      faults_.disturb(), ++disturbances_;
      hostile.hold(false);
    }
    disturbed_ = !disturbed_;
    next_fault_ = clock::now() + (disturbed_ ? 5s : 10s);
  }

  /// Samples, and does what else there is to be done again and again.
  void go_on(
      const char* phase, double length, const std::function<void()>& again = [] {}) {
    const auto until = clock::now() + seconds{length};
    const auto every = seconds{std::clamp(with_.length / 100, 0.25, 5.0)};
    auto next_sample = clock::now() + every;
    next_fault_ = clock::now() + std::chrono::duration_cast<clock::duration>(every / 2);
    while (clock::now() < until && service_->process.running()) {
      if (clock::now() >= next_sample) {
        take_sample(phase);
        next_sample += every;
      }
      again();
      const auto resident = resident_mb(service_->process.pid());
      least_mb_ = std::min(least_mb_, resident);
      most_mb_ = std::max(most_mb_, resident);
      std::this_thread::sleep_for(50ms);
    }
  }

  void take_sample(const char* phase) {
    const auto& counts = asking_->counts();
    auto latencies = asking_->take_latencies();
    sample x;
    x.seconds = seconds{clock::now() - begin_}.count();
    x.phase = phase;
    x.rss_mb = std::exchange(least_mb_, 1e9);
    x.peak_mb = std::exchange(most_mb_, 0);
    x.p50_us = quantile(latencies, 0.5);
    x.p99_us = quantile(latencies, 0.99);
    x.answered = counts.answered;
    x.refused = counts.refused;
    x.unanswered = counts.unanswered;
    x.wrong = counts.wrong + hostile_.bad_answers;
    x.hostile_mb = static_cast<double>(hostile_.nats_bytes + hostile_.http_bytes) / 1e6;
    x.hostile_answers = hostile_.answers;
    x.disturbances = disturbances_;
    look_at(x, *service_, log_.all().empty() ? sample{} : log_.all().back());
    log_.add(x, with_.length < 120 ? 10 : 12);
  }

  bool verdict(bool recovered, const chaos::tally& clients) {
    const auto [said, grew] = judge_growth(log_.all());
    std::cout << "\nsoak: clients: " << clients.sent << " requests, " << clients.answered
              << " answered, " << clients.unanswered << " unanswered ("
              << clients.unanswered_with_nats << " of them while NATS was there), " << clients.wrong
              << " wrong, " << clients.refused << " refused, " << clients.slow
              << " slow (over 1 s; " << clients.slow_with_nats << " while NATS was there), "
              << clients.lost
              << " whose answer Redis had lost\nsoak: hostile: " << hostile_.nats_messages
              << " messages of " << hostile_.nats_bytes / 1'000'000 << " MB over NATS, "
              << hostile_.awaited << " of them where an answer is due, " << hostile_.answers
              << " answered, " << hostile_.unanswered_with_nats << " not though NATS was there, "
              << hostile_.bad_answers << " not as the contract says; " << hostile_.http_requests
              << " connections with " << hostile_.http_bytes / 1'000'000
              << " MB over HTTP\nsoak: refused as over a limit: " << over_limits(*service_)
              << "\nsoak: excused because the machine let threads wait: "
              << starvation_.time().count() << " s\n";
    for (const auto& sentence : said)
      std::cout << "soak: " << sentence << '\n';
    const bool alive = service_->process.running();
    if (!alive || !recovered)
      complain((alive ? "the service is not well in the end:\n" : "the service died:\n")
               + service_->process.output());
    const bool stopped = alive && service_->process.terminate() == 0;
    if (alive && !stopped)
      complain("the service did not stop cleanly:\n" + service_->process.output());
    if (without_devices_ > 0)
      complain("not every client got devices while nothing was broken");
    const bool judged = starvation_.time().count() <= std::max(5.0, with_.length / 50);
    if (!judged)
      complain("the machine is too busy for a verdict");
    const bool good = recovered && stopped && !grew && without_devices_ == 0 && clients.wrong == 0
                      && judged && clients.unanswered_with_nats == 0
                      && clients.slow_with_nats * 100 <= clients.answered
                      && hostile_.bad_answers == 0 && hostile_.unanswered_with_nats == 0
                      && hostile_.answers > 0 && clients.answered > 0;
    std::ofstream{with_.out + "/service.log"} << service_->process.output();
    complain(good ? "passed" : "FAILED, see " + with_.out + "/service.log");
    return good;
  }

  plan with_;
  std::uint16_t monitoring_;
  test::scratch_directory files_;
  test::real_world world_;
  chaos::faults faults_;
  starvation starvation_{faults_.of_nats()};
  std::optional<test::service_process> service_;
  hostile_tally hostile_;
  sample_log log_;
  chaos::clients* asking_ = nullptr;
  clock::time_point begin_;
  double least_mb_ = 1e9, most_mb_ = 0;
  std::uint64_t disturbances_ = 0;
  std::uint64_t without_devices_ = 0; ///< answers without devices while nothing was broken
  bool disturbed_ = false;
  clock::time_point next_fault_{};
};

template <class T>
bool read_number(std::string_view text, T& into) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), into);
  return problem == std::errc{} && end == text.data() + text.size() && into > T{};
}

bool read(std::string_view argument, plan& into) {
  const auto name = argument.substr(0, argument.find('=') + 1),
             value = argument.substr(name.size());
  if (name == "--seconds=")
    return read_number(value, into.length);
  if (name == "--hostile-mb=")
    return read_number(value, into.hostile_mb);
  if (name == "--seed=")
    return read_number(value, into.seed);
  if (name == "--faults=")
    return into.faults = value == "yes", value == "yes" || value == "no";
  return name == "--out=" && (into.out = value, true);
}

} // namespace

} // namespace hawkeye::soak

int main(int count, char** arguments) {
  hawkeye::soak::plan with;
  for (int i = 1; i < count; ++i)
    if (!hawkeye::soak::read(arguments[i], with)) {
      std::cerr << "usage: soak [--seconds=300] [--seed=1] [--hostile-mb=2] [--faults=yes|no] "
                   "[--out=build/soak]\n";
      return 2;
    }
  std::signal(SIGPIPE, SIG_IGN);
  return hawkeye::soak::soak{with}.run() ? 0 : 1;
}
