// Whether memory stays flat where much happens for long: refreshes of a large fleet, and many
// requests a second. Only where it is asked for: it takes an hour.
#include <algorithm>
#include <thread>

#include "bench/bench.hpp"
#include "bench/process.hpp"

namespace hawkeye::bench {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t fleet = 100'000;
constexpr std::size_t requests_a_second = 10'000;
/// What the heap's pages are filled with differs from refresh to refresh by so much.
constexpr double flat = 1.10;

/// What a refresh leaves behind is returned to the system a second after it.
double settled_after_refresh_mb(fleet_world& x, std::size_t refresh) {
  if (!test::eventually([&] { return x.refreshes() >= refresh; }, 300s))
    throw std::runtime_error{"the service does not refresh"};
  std::this_thread::sleep_for(3s);
  return rss_mb(x.service.process.pid());
}

void measure_refreshes(report& to) {
  fleet_world x{fleet, {"--refresh.interval=20s", "--refresh.jitter=0ms"}, {"--parallel=0"}};
  std::vector<double> after;
  for (std::size_t refresh = 2; refresh <= 12; ++refresh) {
    after.push_back(settled_after_refresh_mb(x, refresh));
    to.sample("resident between refreshes of 100,000, MB", "ours", after.back());
  }
  const auto last = std::min(after[after.size() - 2], after.back());
  const auto first = std::max(after[0], after[1]);
  to.row("resident after ten refreshes of " + thousands(fleet) + ", of before them",
         shown(last, " MB"), shown(first, " MB"), last / first, flat, false);
}

/// An equal part of the requests at the begin of each tenth of a second; every reply is compared.
void ask_for_a_second(load& by, const std::string& nothing, report& to) {
  constexpr int parts = 10;
  const auto begin = steady::now();
  for (int i = 0; i < parts; ++i) {
    std::this_thread::sleep_until(begin + i * 1s / parts);
    const auto result =
        by.run(rpc, request_for("9999-12-31"), 16, 10s, nothing, requests_a_second / parts);
    if (result.wrong > 0)
      to.wrong("10,000 requests a second: wrong replies");
  }
  std::this_thread::sleep_until(begin + 1s);
}

double least_of_quarter(const std::vector<double>& of, std::size_t quarter) {
  const auto size = static_cast<std::ptrdiff_t>(of.size() / 4);
  const auto begin = of.begin() + static_cast<std::ptrdiff_t>(quarter) * size;
  return *std::min_element(begin, begin + size);
}

void measure_requests(report& to, std::chrono::minutes length) {
  fleet_world x{fleet, {}, {"--parallel=0"}};
  load by{x.url()};
  const auto nothing = by.ask(rpc, request_for("9999-12-31"));
  if (nothing.find("\"status\":404") == std::string::npos)
    return to.wrong("10,000 requests a second: no device should be left: " + nothing);
  std::vector<double> resident;
  const auto begin = steady::now();
  while (steady::now() < begin + length || resident.size() < 4) {
    ask_for_a_second(by, nothing, to);
    resident.push_back(rss_mb(x.service.process.pid()));
    to.sample("resident at 10,000 requests a second, MB", "ours", resident.back());
  }
  const auto second = least_of_quarter(resident, 1), last = least_of_quarter(resident, 3);
  to.row("resident in the last quarter of " + std::to_string(length.count()) + " min at "
             + thousands(requests_a_second) + " requests/s, of the second",
         shown(last, " MB"), shown(second, " MB"), last / second, flat, false);
  const std::chrono::duration<double> took = steady::now() - begin;
  to.note(shown(static_cast<double>(resident.size() * requests_a_second) / took.count())
          + " requests a second were answered");
}

} // namespace

void measure_lasting(report& to, const effort& with) {
  measure_refreshes(to);
  measure_requests(to, with.lasting);
}

} // namespace hawkeye::bench
