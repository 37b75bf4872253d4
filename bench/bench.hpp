// What the measurements share: real servers with a fleet behind the stand-in, and how long to look.
#pragma once

#include <string>

#include "bench/load.hpp"
#include "bench/report.hpp"
#include "tests/support/real_world.hpp"

namespace hawkeye::bench {

using namespace std::chrono_literals;

struct effort {
  bool quick = false;
  std::chrono::minutes lasting{60}; ///< of measure_lasting
  /// Many short rounds, in turns, bear other programs on the machine better than a few long ones;
  /// and the fewer replies a figure needs, the shorter.
  std::size_t rounds(std::size_t in_flight) const {
    return (quick ? 5u : 11u) * (in_flight == 1 ? 4u : 1u);
  }
  /// The large fleet: the smaller one starts in seconds.
  std::size_t large() const {
    return quick ? 10'000 : 50'000;
  }
  std::chrono::milliseconds length(std::size_t in_flight) const {
    return (quick ? 100ms : 200ms) / (in_flight == 1 ? 4 : 1);
  }
};

/// Servers, a fleet and the service, ready.
class fleet_world {
public:
  explicit fleet_world(std::size_t probes, const test::arguments& service = {},
                       const test::arguments& bridges = {});

  std::string url() const {
    return test::nats_url(world.nats);
  }
  /// Milliseconds that the n-th refresh (from 1) took, as the service logs it.
  double refresh_ms(std::size_t n = 1) const;
  /// How many refreshes it has finished.
  std::size_t refreshes() const;

  test::real_world world;
  test::service_process service;

private:
  test::service_process start(std::size_t probes, const test::arguments& service,
                              test::arguments bridges);
};

constexpr const char* rpc = "hawkeye.customer.cache.get";
/// `50,000`
std::string thousands(std::size_t x);
std::string request_for(const std::string& filter = {}); ///< "": all

void measure_replies(report& to, const effort& with);
void measure_no_devices(report& to, const effort& with);
void measure_refresh(report& to, const effort& with);
void measure_memory(report& to, const effort& with);
void measure_restore(report& to, const effort& with);
void measure_while_refreshing(report& to, const effort& with);
void measure_scraped(report& to, const effort& with);
void measure_lasting(report& to, const effort& with);

} // namespace hawkeye::bench
