// Memory for a large fleet, settled and at its peak, against the size of its JSON; and the restore
// of a large snapshot against a bare GET.
#include <hiredis/hiredis.h>

#include "actors/redis_connection.hpp"
#include "bench/bench.hpp"
#include "bench/process.hpp"
#include "messages/stored_snapshot.hpp"

namespace hawkeye::bench {

namespace {

constexpr double mb = 1e6;

double stored_bytes(fleet_world& x) {
  const auto stored = x.world.stored();
  const auto* values = std::get_if<stored_values>(&stored);
  return values && values->array ? static_cast<double>(values->array->size()) : 0;
}

/// Bytes of hawkeye-bridge's reply, asked for as the service asks.
double reply_bytes(fleet_world& x) {
  const auto probes =
      x.world.client().ask("hawkeye.probe.request", R"({"request_id":"x","body":{}})", 60s);
  if (!probes)
    return 0;
  const auto reply = nlohmann::json::parse(*probes);
  return reply.contains("token") ? static_cast<double>(x.world.parked(reply["token"]).dump().size())
                                 : static_cast<double>(probes->size());
}

std::size_t refreshes(const fleet_world& x) {
  const auto log = x.service.process.output();
  std::size_t n = 0;
  for (auto at = log.find("refresh finished"); at != std::string::npos;
       at = log.find("refresh finished", at + 1))
    ++n;
  return n;
}

using steady = std::chrono::steady_clock;

double ms_since(steady::time_point begin) {
  return std::chrono::duration<double, std::milli>(steady::now() - begin).count();
}

/// GET and read the whole value, as hiredis does it: nothing else.
double bare_get_ms(redisContext* by) {
  const auto begin = steady::now();
  auto* reply = static_cast<redisReply*>(redisCommand(by, "GET hawkeye"));
  const auto took = ms_since(begin);
  freeReplyObject(reply);
  return took;
}

double restore_ms(redis_connection& by) {
  const auto begin = steady::now();
  auto stored = by.load();
  const auto& values = std::get<stored_values>(stored);
  const auto read = read_stored_snapshot(values.array, values.meta);
  const auto took = ms_since(begin);
  if (!std::holds_alternative<restored_snapshot>(read))
    throw std::runtime_error{"the stored snapshot cannot be read"};
  return took;
}

void compare_restore(fleet_world& x, std::size_t devices, report& to, const effort& with) {
  redis_address where;
  where.host = "127.0.0.1";
  where.port = x.world.redis.port();
  redis_connection ours{where, "hawkeye", 10s};
  auto* bare = redisConnect("127.0.0.1", where.port);
  std::vector<double> ratios, mine, theirs;
  for (std::size_t round = 0; round <= 2 * with.rounds(); ++round) {
    const auto a = restore_ms(ours), b = bare_get_ms(bare);
    if (round == 0)
      continue;
    mine.push_back(a), theirs.push_back(b), ratios.push_back(a / b);
    to.sample("restore of " + std::to_string(devices), "ours", a);
    to.sample("restore of " + std::to_string(devices), "bare", b);
  }
  redisFree(bare);
  to.scaling("restore from Redis, ms", devices, median(mine));
  if (devices == with.large())
    to.row("restore from Redis, " + thousands(devices) + " devices, against a bare GET",
           shown(median(mine), " ms"), shown(median(theirs), " ms"), median(ratios), 3.0, false);
}

/// Once a refresh is over the service gives back what it freed, after a second's pause: the least
/// of the three seconds after it is what it keeps.
double settled_mb(int pid) {
  auto least = rss_mb(pid);
  const auto until = steady::now() + 3s;
  test::eventually(
      [&] {
        least = std::min(least, rss_mb(pid));
        return steady::now() >= until;
      },
      5s);
  return least;
}

} // namespace

void measure_memory(report& to, const effort& with) {
  const auto devices = with.large();
  fleet_world x{devices, {}, {"--parallel=0"}};
  const auto pid = x.service.process.pid();
  const double json = stored_bytes(x), reply = reply_bytes(x);
  const auto limit = 3 * json / mb + 30;
  const auto settled = settled_mb(pid), peak = peak_mb(pid);
  to.row("resident, " + thousands(devices) + " devices, of 3x JSON + 30 MB", shown(settled, " MB"),
         shown(limit, " MB"), settled / limit, 1.0, false);
  const auto most = (8 * json + reply) / mb;
  to.row("peak in a refresh of " + thousands(devices) + ", of 8x JSON + reply", shown(peak, " MB"),
         shown(most, " MB"), peak / most, 1.0, false);
  fleet_world often{
      devices, {"--refresh.interval=100ms", "--refresh.jitter=0ms"}, {"--parallel=0"}};
  const std::size_t ten = with.quick ? 3 : 11;
  test::eventually([&] { return refreshes(often) >= ten; }, 300s);
  often.world.bridges->kill9(); // no further refresh: what stays is what it keeps
  test::eventually(
      [&] { return often.service.process.output().find("attempt 1 failed") != std::string::npos; },
      150s);
  const auto after = settled_mb(often.service.process.pid());
  to.row("the same after " + std::to_string(ten - 1) + " more refreshes", shown(after, " MB"),
         shown(limit, " MB"), after / limit, 1.0, false);
  to.scaling("resident, MB", devices, settled);
}

void measure_restore(report& to, const effort& with) {
  for (const std::size_t devices : {100, 1'000, 10'000, 50'000, 100'000}) {
    if (with.quick && devices != with.large())
      continue;
    fleet_world x{devices, {}, {"--parallel=0"}};
    if (!with.quick && devices != with.large())
      to.scaling("resident, MB", devices, rss_mb(x.service.process.pid()));
    compare_restore(x, devices, to, with);
  }
}

} // namespace hawkeye::bench
