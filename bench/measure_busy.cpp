// Clients while a refresh runs against clients while none does.
#include <nlohmann/json.hpp>

#include "bench/bench.hpp"

namespace hawkeye::bench {

namespace {

/// A filter that ten devices are after, as monitors ask.
std::string few_of(fleet_world& x) {
  auto reply = x.world.ask();
  if (reply.contains("token"))
    reply = x.world.parked(reply["token"]);
  return reply["body"].at(10)["last_contact"];
}

} // namespace

void measure_while_refreshing(report& to, const effort& with) {
  const std::size_t requests = with.quick ? 10'000 : 100'000;
  // Bridges that answer at once: a refresh takes seconds, of which building, serializing, writing
  // and explaining are a good part, and the next one comes right after it.
  const test::arguments bridges{"--parallel=0"};
  fleet_world busy{with.large(), {"--refresh.interval=100ms", "--refresh.jitter=0ms"}, bridges};
  fleet_world idle{with.large(), {}, bridges};
  constexpr std::size_t clients = 50;
  load to_busy{busy.url(), clients}, to_idle{idle.url(), clients};
  const auto request = request_for(few_of(idle));
  const auto expected = to_idle.ask(rpc, request); // the same fleet behind both, whoever refreshes
  const auto tail = [&](load& by) {
    const auto got = by.run(rpc, request, clients, 120s, expected, requests);
    if (got.wrong > 0)
      to.wrong("wrong replies in a refresh: " + std::to_string(got.wrong));
    return got.latency(0.99);
  };
  std::vector<double> ratios, with_refresh, without;
  for (std::size_t round = 0; round <= 3; ++round) {
    const auto a = tail(to_busy);
    const auto b = tail(to_idle);
    if (round == 0)
      continue;
    with_refresh.push_back(a), without.push_back(b), ratios.push_back(a / b);
    to.sample("99th percentile while refreshing", "with", a);
    to.sample("99th percentile while refreshing", "without", b);
  }
  to.row("50 clients in refreshes of " + thousands(with.large()) + ", 99th percentile",
         shown(median(with_refresh), " us"), shown(median(without), " us"), median(ratios), 1.5,
         false);
}

} // namespace hawkeye::bench
