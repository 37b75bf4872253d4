// Replies against a bare responder that publishes the same bytes: throughput, median and tail.
#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "bench/bench.hpp"
#include "tests/support/scratch_directory.hpp"

namespace hawkeye::bench {

namespace {

/// One way to look at a responder.
struct look {
  const char* what;
  std::size_t in_flight;
  double share; ///< of the latencies; 0: replies per second instead
  double reach;
};

constexpr look looks[] = {{"replies/s at 16 in flight", 16, 0, 0.95},
                          {"replies/s at 64 in flight", 64, 0, 0.95},
                          {"median latency at 1 in flight", 1, 0.5, 1.10},
                          {"99th percentile at 16 in flight", 16, 0.99, 1.25}};

using results = std::map<std::string, std::vector<load_result>>; ///< by responder

double figure_of(const load_result& x, const look& by) {
  return by.share == 0 ? x.per_second : x.latency(by.share);
}

/// Ours and the two bare ones in turns, so that what else the machine does hits all alike.
results take_turns(load& by, std::size_t in_flight, const std::string& request,
                   const std::string& reply, const effort& with, report& to,
                   const std::string& name) {
  results got;
  const std::pair<const char*, const char*> whom[] = {
      {"ours", rpc}, {"bare", "bare.plain"}, {"bare_asap", "bare.asap"}};
  for (std::size_t round = 0; round <= with.rounds(in_flight); ++round)
    for (const auto& [whose, subject] : whom) {
      auto one = by.run(subject, request, in_flight, with.length(in_flight), reply);
      if (one.wrong > 0)
        to.wrong(name + ": wrong replies from " + whose);
      if (round > 0) // the first one warms up
        got[whose].push_back(std::move(one));
    }
  return got;
}

using figures = std::map<std::string, std::vector<double>>; ///< by responder

figures figures_of(const results& all, const look& by, report& to, const std::string& what) {
  figures result;
  for (const auto& [whose, runs] : all)
    for (const auto& run : runs) {
      result[whose].push_back(figure_of(run, by));
      to.sample(what, whose, result[whose].back());
    }
  return result;
}

/// The better one of the bare responders, by its median: choosing anew in each round would compare
/// us with the luckier one.
const std::vector<double>& best_bare(const figures& x, bool higher) {
  const auto &plain = x.at("bare"), &asap = x.at("bare_asap");
  return (median(plain) > median(asap)) == higher ? plain : asap;
}

void compare(fleet_world& world, const std::string& filter, const std::string& name,
             const effort& with, report& to) {
  load by{world.url()};
  const auto request = request_for(filter);
  const auto reply = by.ask(rpc, request);
  test::scratch_directory files;
  const auto file = files.write("reply", reply);
  test::server_process plain{{BARE_NATS, "respond", world.url(), file, "plain", "bare.plain"}};
  test::server_process asap{{BARE_NATS, "respond", world.url(), file, "asap", "bare.asap"}};
  const auto ready = [](const auto& x) {
    return test::eventually([&] { return x.output().find("ready") != std::string::npos; });
  };
  if (!ready(plain) || !ready(asap) || by.ask("bare.plain", "") != reply)
    return to.wrong(name + ": the bare responder does not answer the same");
  std::map<std::size_t, results> all; // by requests in flight: a run serves several looks
  for (const auto& which : looks) {
    const auto what = name + ", " + which.what;
    auto& runs = all[which.in_flight];
    if (runs.empty())
      runs = take_turns(by, which.in_flight, request, reply, with, to, name);
    const auto got = figures_of(runs, which, to, what);
    const bool higher = which.share == 0;
    const auto unit = higher ? "/s" : " us";
    const auto &ours = got.at("ours"), &bare = best_bare(got, higher);
    to.row(what, shown(median(ours), unit), shown(median(bare), unit), median_ratio(ours, bare),
           which.reach, higher);
  }
}

/// A moment that half of the devices were contacted after.
std::string half_of(fleet_world& world) {
  const auto body = world.world.ask()["body"];
  return body.at(body.size() / 2)["last_contact"];
}

} // namespace

void measure_replies(report& to, const effort& with) {
  for (const std::size_t devices : {100, 1'000, 3'000}) {
    if (with.quick && devices == 3'000)
      continue;
    fleet_world world{devices};
    const auto name = thousands(devices) + " devices";
    if (devices == 100) // 109 bytes, whatever the fleet
      compare(world, "9999-12-31", "no device left", with, to);
    compare(world, "", name + ", all", with, to);
    if (!with.quick)
      compare(world, half_of(world), name + ", half", with, to);
  }
}

namespace {

/// Median latency of one round, one request in flight.
double nothing_found(load& by, const effort& with, report& to) {
  static const auto request = request_for("9999-12-31");
  static const auto expected = by.ask(rpc, request);
  const auto got = by.run(rpc, request, 1, with.length(1), expected);
  if (got.wrong > 0 || expected.find("\"status\":404") == std::string::npos)
    to.wrong("\"no devices\": wrong replies");
  return got.latency(0.5);
}

} // namespace

void measure_no_devices(report& to, const effort& with) {
  fleet_world small{100}, large{with.large(), {}, {"--parallel=0"}};
  load to_small{small.url()}, to_large{large.url()};
  std::vector<double> few, many;
  for (std::size_t round = 0; round <= 2 * with.rounds(1); ++round) {
    const auto a = nothing_found(to_small, with, to), b = nothing_found(to_large, with, to);
    if (round == 0)
      continue;
    few.push_back(a), many.push_back(b);
    to.sample("no devices", "100", a), to.sample("no devices", "large", b);
  }
  to.row("\"no devices\", " + thousands(with.large()) + " against 100 devices",
         shown(median(many), " us"), shown(median(few), " us"), median_ratio(many, few), 1.10,
         false);
  to.scaling("no devices: median, us", 100, median(few));
  to.scaling("no devices: median, us", with.large(), median(many));
  if (with.quick)
    return;
  for (const std::size_t devices : {1'000, 10'000, 100'000}) {
    fleet_world world{devices, {}, {"--parallel=0"}};
    load by{world.url()};
    nothing_found(by, with, to);
    to.scaling("no devices: median, us", devices, nothing_found(by, with, to));
  }
}

} // namespace hawkeye::bench
