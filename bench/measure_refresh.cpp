// The refresh: how long against the ideal, and how much CPU per device.
#include <sstream>

#include "bench/bench.hpp"
#include "bench/process.hpp"

namespace hawkeye::bench {

namespace {

/// What bare nats.c makes of the two questions for each device.
struct bare_asking {
  double cpu_us, took_ms;
};

bare_asking ask_barely(const fleet_world& x, std::size_t devices, std::size_t in_flight) {
  test::server_process bare{
      {BARE_NATS, "ask", x.url(), std::to_string(devices), std::to_string(in_flight)}};
  bare.wait_for_exit(120s);
  std::istringstream said{bare.output()};
  bare_asking result{};
  said >> result.cpu_us >> result.took_ms;
  return result;
}

/// Two calls per device, P at a time, L ms each; beside it what bare nats.c needs for the same.
void against_ideal(report& to, const effort& with, std::size_t devices, std::size_t parallel,
                   std::size_t latency_ms, double reach) {
  const double ideal =
      2.0 * static_cast<double>(devices * latency_ms) / static_cast<double>(parallel);
  std::vector<double> took, barely;
  for (std::size_t i = 0; i < (with.quick ? 1u : 3u); ++i) {
    const fleet_world world{
        devices,
        {},
        {"--parallel=" + std::to_string(parallel), "--latency=" + std::to_string(latency_ms)}};
    took.push_back(world.refresh_ms());
    barely.push_back(ask_barely(world, devices, parallel).took_ms);
    to.sample("refresh of " + std::to_string(devices), "ours", took.back());
    to.sample("refresh of " + std::to_string(devices), "bare", barely.back());
  }
  to.row("refresh of " + std::to_string(devices) + ", " + std::to_string(parallel) + " at a time, "
             + std::to_string(latency_ms) + " ms",
         shown(median(took), " ms"), shown(ideal, " ms"), median(took) / ideal, reach, false);
  to.note("bare nats.c needs " + shown(median(barely), " ms")
          + " for the same calls: " + shown(median(barely) / ideal, " of the ideal"));
}

/// CPU of the service for one more refresh, per device, µs; and what bare nats.c spends on the same
/// two requests.
std::pair<double, double> cpu_per_device(std::size_t devices) {
  fleet_world x{devices, {"--refresh.interval=100ms", "--refresh.jitter=0ms", "--log.level=info"}};
  const auto refreshes = [&] {
    const auto log = x.service.process.output();
    std::size_t n = 0;
    for (auto at = log.find("refresh finished"); at != std::string::npos;
         at = log.find("refresh finished", at + 1))
      ++n;
    return n;
  };
  const auto begin = refreshes();
  const auto before = cpu_us(x.service.process.pid());
  const std::size_t more = devices >= 50'000 ? 1 : 3;
  test::eventually([&] { return refreshes() >= begin + more; }, 120s);
  const auto used = cpu_us(x.service.process.pid()) - before;
  const auto done = static_cast<double>((refreshes() - begin) * devices);
  x.service.process.kill9();
  return {used / done, ask_barely(x, devices, 64).cpu_us / static_cast<double>(devices)};
}

} // namespace

void measure_refresh(report& to, const effort& with) {
  against_ideal(to, with, 1000, 8, 20, 1.10);
  against_ideal(to, with, 5000, 64, 5, 1.25);
  const auto [ours, bare] = cpu_per_device(5000);
  to.row("CPU per resolved device (two calls), at most 120 us", shown(ours, " us"), "120 us",
         ours / 120, 1.0, false);
  to.row("CPU per resolved device against bare nats.c", shown(ours, " us"), shown(bare, " us"),
         ours / bare, 2.0, false);
  if (with.quick)
    return;
  for (const std::size_t devices : {100, 1'000, 10'000, 100'000})
    to.scaling("CPU of a refresh per device, us", devices, cpu_per_device(devices).first);
}

} // namespace hawkeye::bench
