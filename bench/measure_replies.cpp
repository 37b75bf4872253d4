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

using figures = std::map<std::string, std::vector<double>>; ///< by responder

double figure_of(const load_result& x, const look& by) {
  return by.share == 0 ? x.per_second : x.latency(by.share);
}

/// Ours and the two bare ones in turns, so that what else the machine does hits all alike.
figures take_turns(load& by, const look& which, const std::string& request, std::size_t bytes,
                   const effort& with, report& to, const std::string& name) {
  figures result;
  const std::pair<const char*, const char*> whom[] = {
      {"ours", rpc}, {"bare", "bare.plain"}, {"bare_asap", "bare.asap"}};
  for (std::size_t round = 0; round <= with.rounds(); ++round)
    for (const auto& [whose, subject] : whom) {
      const auto got = by.run(subject, request, which.in_flight, with.length(), bytes);
      if (got.wrong_size > 0)
        to.wrong(name + ": replies of a wrong size from " + whose);
      if (round == 0)
        continue; // warming up
      result[whose].push_back(figure_of(got, which));
      to.sample(name, whose, result[whose].back());
    }
  return result;
}

/// The median of the rounds' ratios: what disturbs a round disturbs both halves of it.
double ratio_of(const figures& x, bool higher) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < x.at("ours").size(); ++i) {
    const double plain = x.at("bare")[i], asap = x.at("bare_asap")[i];
    ratios.push_back(x.at("ours")[i] / (higher ? std::max(plain, asap) : std::min(plain, asap)));
  }
  return median(ratios);
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
  for (const auto& which : looks) {
    const auto what = name + ", " + which.what;
    const auto got = take_turns(by, which, request, reply.size(), with, to, what);
    const bool higher = which.share == 0;
    const auto unit = higher ? "/s" : " us";
    const auto pick = [&](const char* whose) {
      return median(got.at(whose));
    };
    const double bare = higher ? std::max(pick("bare"), pick("bare_asap"))
                               : std::min(pick("bare"), pick("bare_asap"));
    to.row(what, shown(pick("ours"), unit), shown(bare, unit), ratio_of(got, higher), which.reach,
           higher);
  }
}

/// A moment that half of the devices were contacted after.
std::string half_of(fleet_world& world) {
  const auto body = world.world.ask()["body"];
  return body.at(body.size() / 2)["last_contact"];
}

} // namespace

void measure_replies(report& to, const effort& with) {
  for (const std::size_t devices : {100, 1000, 3000}) {
    if (with.quick && devices == 3000)
      continue;
    fleet_world world{devices};
    const auto name = std::to_string(devices) + " devices";
    compare(world, "", name + ", all", with, to);
    if (!with.quick)
      compare(world, half_of(world), name + ", half", with, to);
  }
}

void measure_no_devices(report& to, const effort& with) {
  const auto request = request_for("9999-12-31");
  fleet_world small{100}, large{with.large(), {}, {"--parallel=0"}};
  load to_small{small.url()}, to_large{large.url()};
  std::vector<double> ratios, few, many;
  for (std::size_t round = 0; round <= 2 * with.rounds(); ++round) {
    const auto a = to_small.run(rpc, request, 1, with.length()).latency(0.5);
    const auto b = to_large.run(rpc, request, 1, with.length()).latency(0.5);
    if (round == 0)
      continue;
    few.push_back(a), many.push_back(b), ratios.push_back(b / a);
    to.sample("no devices", "100", a), to.sample("no devices", "large", b);
  }
  to.row("\"no devices\", " + thousands(with.large()) + " against 100 devices",
         shown(median(many), " us"), shown(median(few), " us"), median(ratios), 1.10, false);
  to.scaling("\"no devices\", median us", 100, median(few));
  to.scaling("\"no devices\", median us", with.large(), median(many));
  if (with.quick)
    return;
  for (const std::size_t devices : {1'000, 10'000, 100'000}) {
    fleet_world world{devices, {}, {"--parallel=0"}};
    load by{world.url()};
    by.run(rpc, request, 1, with.length());
    to.scaling("\"no devices\", median us", devices,
               by.run(rpc, request, 1, with.length()).latency(0.5));
  }
}

} // namespace hawkeye::bench
