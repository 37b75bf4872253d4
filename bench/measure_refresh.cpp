// The refresh: how long against the ideal, and how much CPU per device.
#include <sstream>
#include <stdexcept>

#include "bench/bench.hpp"
#include "bench/process.hpp"

namespace hawkeye::bench {

namespace {

/// What the calls of a refresh cost a bare program: Hawkeye's list, two questions for each device.
struct bare_asking {
  double cpu_us, took_ms;
};

bare_asking ask_barely(const fleet_world& x, std::size_t devices, std::size_t in_flight) {
  test::server_process bare{{BARE_NATS, "ask", x.url(), std::to_string(x.world.redis.port()),
                             std::to_string(devices), std::to_string(in_flight)}};
  bare.wait_for_exit(120s);
  std::istringstream said{bare.output()};
  bare_asking result{};
  said >> result.cpu_us >> result.took_ms;
  return result;
}

/// Two calls per device, P at a time, L ms each, against what a bare program needs for the same
/// calls with the same stand-in.
void against_bare(report& to, const effort& with, std::size_t devices, std::size_t parallel,
                  std::size_t latency_ms) {
  const double ideal =
      2.0 * static_cast<double>(devices * latency_ms) / static_cast<double>(parallel);
  const auto name = "refresh of " + thousands(devices) + ", " + std::to_string(parallel)
                    + " at a time, " + std::to_string(latency_ms) + " ms";
  std::vector<double> ours, bare;
  for (std::size_t i = 0; i < (with.quick ? 1u : 5u); ++i) {
    const fleet_world world{
        devices,
        {},
        {"--parallel=" + std::to_string(parallel), "--latency=" + std::to_string(latency_ms)}};
    ours.push_back(world.refresh_ms());
    bare.push_back(ask_barely(world, devices, parallel).took_ms);
    to.sample(name, "ours", ours.back());
    to.sample(name, "bare", bare.back());
  }
  to.row(name, shown(median(ours), " ms"), shown(median(bare), " ms"), median_ratio(ours, bare),
         1.10, false);
  to.note("the bridges alone take " + shown(ideal, " ms") + ": ours "
          + shown(median(ours) / ideal, " of it") + ", bare "
          + shown(median(bare) / ideal, " of it"));
}

/// CPU per device, µs: of the service that refreshes without pause, and of bare nats.c for the same
/// two requests, in turns: one of them sleeps.
struct cpu_figures {
  std::vector<double> ours, bare;
};

cpu_figures cpu_per_device(std::size_t devices, std::size_t rounds, std::size_t refreshes_each) {
  fleet_world x{devices, {"--refresh.interval=100ms", "--refresh.jitter=0ms"}};
  auto& service = x.service.process;
  cpu_figures result;
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto begin = x.refreshes();
    const auto before = cpu_us(service.pid());
    if (!test::eventually([&] { return x.refreshes() >= begin + refreshes_each; }, 120s))
      throw std::runtime_error{"the service does not refresh"};
    const auto used = cpu_us(service.pid()) - before;
    result.ours.push_back(used / static_cast<double>((x.refreshes() - begin) * devices));
    service.pause();
    result.bare.push_back(ask_barely(x, devices, 64).cpu_us / static_cast<double>(devices));
    service.resume();
  }
  return result;
}

} // namespace

void measure_refresh(report& to, const effort& with) {
  if (!with.quick)
    against_bare(to, with, 1000, 8, 20);
  against_bare(to, with, 5000, 64, 5);
  const auto cpu = cpu_per_device(5000, with.quick ? 3 : 7, 2);
  const auto ours = median(cpu.ours), bare = median(cpu.bare);
  for (std::size_t i = 0; i < cpu.ours.size(); ++i) {
    to.sample("CPU per device", "ours", cpu.ours[i]);
    to.sample("CPU per device", "bare", cpu.bare[i]);
  }
  to.row("CPU per resolved device (two calls), at most 120 us", shown(ours, " us"), "120 us",
         ours / 120, 1.0, false);
  to.row("CPU per resolved device against bare nats.c", shown(ours, " us"), shown(bare, " us"),
         median_ratio(cpu.ours, cpu.bare), 2.0, false);
  if (with.quick)
    return;
  for (const std::size_t devices : {100, 1'000, 10'000, 100'000})
    to.scaling("CPU of a refresh per device, us", devices,
               median(cpu_per_device(devices, 1, devices < 10'000 ? 20 : 1).ours));
}

} // namespace hawkeye::bench
