// What the operator's side costs: clients while everything is scraped every second against clients
// while nothing is.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bench/bench.hpp"

namespace hawkeye::bench {

namespace {

/// Asks for metrics and status at once and then every second, until it ends.
class scraper {
public:
  explicit scraper(const test::service_process& of)
      : thread_{[this, &of] {
          std::unique_lock lock{mutex_};
          do {
            of.page("/metrics");
            of.page("/api/status");
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
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::thread thread_;
};

} // namespace

void measure_scraped(report& to, const effort& with) {
  const fleet_world world{1000};
  load by{world.url()};
  const auto request = request_for("9999-12-31"); // the least work, so that the rest shows most
  const auto length = with.quick ? 1s : 3s;
  std::vector<double> ratios, scraped, left_alone;
  for (std::size_t round = 0; round <= with.rounds(); ++round) {
    const auto b = by.run(rpc, request, 16, length).per_second;
    const auto a = [&] {
      const scraper beside{world.service};
      return by.run(rpc, request, 16, length).per_second;
    }();
    if (round == 0)
      continue;
    scraped.push_back(a), left_alone.push_back(b), ratios.push_back(a / b);
    to.sample("replies/s, scraped every second", "scraped", a);
    to.sample("replies/s, scraped every second", "not", b);
  }
  to.row("replies/s, scraped every second against not", shown(median(scraped), "/s"),
         shown(median(left_alone), "/s"), median(ratios), 0.98, true);
}

} // namespace hawkeye::bench
