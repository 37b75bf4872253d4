// Memory for a large fleet, settled and at its peak, against the size of its JSON; and the restore
// of a large snapshot against a bare GET.
#include <hiredis/hiredis.h>

#include "actors/redis/connection.hpp"
#include "bench/bench.hpp"
#include "bench/process.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye::bench {

namespace {

constexpr double mb = 1e6;

double stored_bytes(fleet_world& x) {
  const auto stored = x.world.stored();
  const auto* values = value_of(stored);
  return values && values->array ? static_cast<double>(values->array->size()) : 0;
}

/// Bytes of hawkeye-bridge's reply, asked for as the service asks.
double reply_bytes(fleet_world& x) {
  const auto probes =
      x.world.stage().ask("hawkeye.probe.request", R"({"request_id":"x","body":{}})", 60s);
  if (!probes)
    return 0;
  const auto reply = nlohmann::json::parse(*probes);
  return reply.contains("token") ? static_cast<double>(x.world.parked(reply["token"]).dump().size())
                                 : static_cast<double>(probes->size());
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
  const auto& values = *stored;
  const auto read = read_stored_snapshot(values.array, values.meta);
  const auto took = ms_since(begin);
  if (!read.has_value())
    throw std::runtime_error{"the stored snapshot cannot be read"};
  return took;
}

/// A row where the fleet is as large as the reach is for; else only a line that says it: the
/// process itself, or a call's way, weighs more in a small one.
void judge(report& to, const effort& with, const std::string& what, double ours, double limit,
           double ratio, double reach, const char* unit) {
  if (with.quick)
    to.note(what + ": " + shown(ours, unit) + " of " + shown(limit, unit) + ", "
            + shown(ratio / reach) + " of the reach, which is for 50,000 devices");
  else
    to.row(what, shown(ours, unit), shown(limit, unit), ratio, reach, false);
}

void compare_restore(fleet_world& x, std::size_t devices, report& to, const effort& with) {
  redis_address where;
  where.host = "127.0.0.1";
  where.port = x.world.redis.port();
  redis_connection ours{where, "hawkeye", 10s};
  auto* bare = redisConnect("127.0.0.1", where.port);
  std::vector<double> ratios, mine, theirs;
  for (std::size_t round = 0; round <= with.rounds(1); ++round) {
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
    judge(to, with, "restore from Redis, " + thousands(devices) + " devices, against a bare GET",
          median(mine), median(theirs), median(ratios), 3.0, " ms");
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
  judge(to, with, "resident, " + thousands(devices) + " devices, of 3x JSON + 30 MB", settled,
        limit, settled / limit, 1.0, " MB");
  const auto most = (8 * json + reply) / mb;
  judge(to, with, "peak in a refresh of " + thousands(devices) + ", of 8x JSON + reply", peak, most,
        peak / most, 1.0, " MB");
  fleet_world often{
      devices, {"--refresh.interval=100ms", "--refresh.jitter=0ms"}, {"--parallel=0"}};
  const std::size_t ten = with.quick ? 3 : 11;
  test::eventually([&] { return often.refreshes() >= ten; }, 300s);
  often.world.bridges->kill9(); // no further refresh: what stays is what it keeps
  test::eventually(
      [&] { return often.service.process.output().find("attempt 1 failed") != std::string::npos; },
      150s);
  const auto after = settled_mb(often.service.process.pid());
  judge(to, with, "resident after " + std::to_string(ten - 1) + " more refreshes", after, limit,
        after / limit, 1.0, " MB");
  to.scaling("resident, MB", devices, settled);
}

void measure_restore(report& to, const effort& with) {
  for (const std::size_t devices : {100, 1'000, 10'000, 50'000, 100'000}) {
    if (with.quick && devices != with.large())
      continue;
    fleet_world x{devices, {}, {"--parallel=0"}};
    if (!with.quick && devices != with.large())
      to.scaling("resident, MB", devices, settled_mb(x.service.process.pid()));
    compare_restore(x, devices, to, with);
  }
}

} // namespace hawkeye::bench
