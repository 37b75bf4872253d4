// An upstream in virtual time that serves P calls at a time and queues the rest, asked by a caller
// that keeps as many in flight as its limit allows. For tests of the pacing; chance comes from a
// seed.
#pragma once

#include <algorithm>
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
  simulated_upstream(upstream_shape shape, std::uint64_t seed, std::size_t most = 64)
      : shape{shape}, limit{most}, random_{seed} {}

  upstream_shape shape; ///< may be changed between two runs
  concurrency_limit limit;

  duration now() const {
    return now_;
  }

  /// Until `calls` more have ended: how long that took.
  duration run_calls(std::size_t calls) {
    const auto begin = now_;
    to_send_ = calls;
    for (const auto end = ended_ + calls; ended_ < end;)
      step();
    to_send_ = unlimited;
    return now_ - begin;
  }

  struct figures {
    double used = 0;           ///< part of the capacity that was used
    std::size_t in_flight = 0; ///< at most
    double mean_in_flight = 0;
  };

  figures run_for(duration time) {
    const auto begin = now_;
    peak_ = in_flight_;
    served_work_ = integral_ = 0;
    while (now_ < begin + time)
      step();
    const auto passed = static_cast<double>((now_ - begin).count());
    return {served_work_ / (passed * static_cast<double>(shape.parallel)), peak_,
            integral_ / passed};
  }

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

  double chance() {
    return std::uniform_real_distribution<double>{0, 1}(random_);
  }

  static duration part(duration of, double factor) {
    return duration{static_cast<duration::rep>(static_cast<double>(of.count()) * factor)};
  }

  void step() {
    send();
    serve();
    const auto next = events_.top();
    events_.pop();
    integral_ += static_cast<double>((next.at - now_).count()) * static_cast<double>(in_flight_);
    now_ = next.at;
    const time_point clock{now_ + 1h};
    switch (next.kind) {
    case what::served:
      --busy_;
      events_.push({now_ + part(shape.noise, chance()), what::answered, next.of});
      return;
    case what::answered:
      limit.succeeded(next.of.kind, now_ - next.of.sent, in_flight_, clock);
      break;
    case what::timed_out:
      limit.failed(clock);
      break;
    }
    --in_flight_;
    ++ended_;
  }

  void send() {
    while (in_flight_ < limit.value() && to_send_ > 0) {
      ++in_flight_;
      if (to_send_ != unlimited)
        --to_send_;
      const call sent{sent_++ % 2, now_};
      if (shape.silent)
        events_.push({now_ + shape.timeout, what::timed_out, sent});
      else
        waiting_.push_back(sent);
    }
    peak_ = std::max(peak_, in_flight_);
  }

  void serve() {
    while (busy_ < shape.parallel && !waiting_.empty()) {
      ++busy_;
      const auto next = waiting_.front();
      waiting_.pop_front();
      const auto takes = part(shape.latency[next.kind], 1 + shape.jitter * (2 * chance() - 1));
      served_work_ += static_cast<double>(takes.count());
      events_.push({now_ + takes, what::served, next});
    }
  }

  std::mt19937_64 random_;
  std::priority_queue<event> events_;
  std::deque<call> waiting_;
  duration now_{};
  std::size_t to_send_ = unlimited, sent_ = 0, ended_ = 0, in_flight_ = 0, busy_ = 0, peak_ = 0;
  double served_work_ = 0, integral_ = 0;
};

} // namespace hawkeye::test
