// What the operator's side costs: a service with pages, log and JSON that is asked about everything
// every second, against one on the same servers without pages and log that nobody asks; and what
// counting takes, which cannot be switched off, of a reply's time.
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "actors/process/metrics.hpp"
#include "bench/bench.hpp"
#include "tests/support/places.hpp"

namespace hawkeye::bench {

namespace {

constexpr const char* bare_rpc = "bare.cache.get";

/// Asks for all there is at once and then every second, until it ends.
class scraper {
public:
  explicit scraper(const fleet_world& of)
      : by_{of.url()}, thread_{[this, &of] {
          std::unique_lock lock{mutex_};
          do {
            ask(of);
          } while (!ended_.wait_for(lock, 1s, [this] { return over_; }));
        }} {}
  ~scraper() {
    {
      const std::lock_guard lock{mutex_};
      over_ = true;
    }
    ended_.notify_one();
    thread_.join();
  }
  scraper(const scraper&) = delete;
  scraper& operator=(const scraper&) = delete;

private:
  void ask(const fleet_world& of) {
    for (const auto* page :
         {"/metrics", "/api/status", "/api/refreshes", "/api/explain/X", "/ready"})
      of.service.page(page);
    by_.ask("$SRV.STATS.hawkeye-customer-cache", "");
    by_.ask("hawkeye.customer.cache.status", R"({"body":{}})");
  }

  load by_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::thread thread_;
};

/// The second service, ready.
test::server_process start_bare(const fleet_world& beside, load& by, const std::string& request) {
  test::arguments command{test::service_program(), "serve"};
  // As the user that may do all: the published permissions are for the subjects and keys that the
  // other service has.
  for (const auto& option :
       {"--nats.servers=" + beside.url(), "--redis.uri=" + test::redis_url(beside.world.redis),
        std::string{"--http.listen="}, std::string{"--log.level=off"},
        "--nats.subject=" + std::string{bare_rpc}, std::string{"--service.name=bare"},
        std::string{"--redis.key=bare"}})
    command.push_back(option);
  test::server_process result{std::move(command)};
  const auto expected = by.ask(rpc, request);
  if (!test::eventually([&] { return by.ask(bare_rpc, request) == expected; }, 30s))
    throw std::runtime_error{"the service without pages does not get ready"};
  return result;
}

/// Nanoseconds that counting one request takes.
double counting() {
  constexpr int requests = 1'000'000;
  metrics_registry all;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < requests; ++i)
    all.answered(endpoint::get, 200, std::chrono::nanoseconds{i});
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  return took.count() / requests;
}

} // namespace

void measure_scraped(report& to, const effort& with) {
  const fleet_world world{1000, {"--log.format=json"}};
  load by{world.url()};
  const auto request = request_for("9999-12-31"); // the least work, so that the rest shows most
  const auto bare = start_bare(world, by, request);
  const scraper beside{world};
  const auto expected = by.ask(rpc, request);
  const auto rate = [&](const char* subject) {
    const auto got = by.run(subject, request, 16, 1s, expected); // each round sees one scrape
    if (got.wrong > 0)
      to.wrong(std::string{"wrong replies from "} + subject);
    return got.per_second;
  };
  std::vector<double> ratios, all, without;
  for (std::size_t round = 0; round <= (with.quick ? 3 : with.rounds(16)); ++round) {
    const auto a = rate(rpc), b = rate(bare_rpc);
    if (round == 0)
      continue;
    all.push_back(a), without.push_back(b), ratios.push_back(a / b);
    to.sample("replies/s, all on and asked every second", "all on", a);
    to.sample("replies/s, all on and asked every second", "without", b);
  }
  to.row("replies/s, all on and asked every second, against without", shown(median(all), "/s"),
         shown(median(without), "/s"), median(ratios), 0.98, true);
  const auto one = counting(), reply = 1e9 / median(without);
  to.row("counting a request, of the time of a reply", shown(one / 1000, " us"),
         shown(reply / 1000, " us"), one / reply, 0.02, false);
}

} // namespace hawkeye::bench
