// An upstream in virtual time that serves P calls at a time and queues the rest, asked by a caller
// that keeps as many in flight as its limit allows. For tests of the pacing; chance comes from a
// seed.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <queue>
#include <random>
#include <vector>

#include "messages/base/pacing.hpp"

namespace hawkeye::test {

struct upstream_shape {
  std::size_t parallel = 8;
  std::array<duration, 2> latency{20ms, 20ms}; ///< by kind; kinds are asked in turn
  double jitter = 0.2;                         ///< of the latency, up and down
  duration noise = 100us;                      ///< at most, on the way back
  bool silent = false;                         ///< no call is answered: each ends at its timeout
  duration timeout = 500ms;
};

class simulated_upstream {
public:
  simulated_upstream(upstream_shape shape, std::uint64_t seed, std::size_t most = 64);

  upstream_shape shape; ///< may be changed between two runs
  concurrency_limit limit;

  /// Until `calls` more have ended: how long that took.
  duration run_calls(std::size_t calls);

  struct figures {
    double used = 0;           ///< part of the capacity that was used
    std::size_t in_flight = 0; ///< at most
    double mean_in_flight = 0;
  };

  figures run_for(duration time);

private:
  static constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

  struct call {
    std::size_t kind;
    duration sent;
  };
  enum class what { served, answered, timed_out };
  struct event {
    duration at;
    what kind;
    call of;
    bool operator<(const event& other) const {
      return at > other.at; // earliest on top
    }
  };

  double chance();
  void step();
  void send();
  void serve();

  std::mt19937_64 random_;
  std::priority_queue<event> events_;
  std::deque<call> waiting_;
  duration now_{};
  std::size_t to_send_ = unlimited, sent_ = 0, ended_ = 0, in_flight_ = 0, busy_ = 0, peak_ = 0;
  double served_work_ = 0, integral_ = 0;
};

} // namespace hawkeye::test
