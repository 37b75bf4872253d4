// Clients that ask all the while and know every right answer. Threading: each asks in a thread of
// its own, over a connection of its own; the counts can be read at any time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/outages.hpp"
#include "tests/support/real_world.hpp"

namespace hawkeye::chaos {

/// A request's body and the only right reply to it, from `"body"` on.
struct question {
  std::string body, answer;
};

/// Questions with their answers, taken while all is well and checked against what the stand-in says
/// is right; none where something was not.
std::vector<question> learn_questions(test::real_world& world);

struct tally {
  std::atomic<std::uint64_t> sent{0}, answered{0}, wrong{0}, slow{0}, building{0};
  std::atomic<std::uint64_t> unanswered{0}; ///< nothing came within seconds
  /// Of the slow and the unanswered those that NATS cannot have lost or held up.
  std::atomic<std::uint64_t> slow_with_nats{0}, unanswered_with_nats{0};
  std::atomic<std::uint64_t> refused{0}; ///< 503, as a sentence of ours says
  std::atomic<std::uint64_t> lost{0};    ///< a token, but Redis did not have the reply

  /// Answers that are right while something is broken, and wrong while nothing is.
  std::uint64_t excused() const noexcept {
    return building + refused + lost;
  }
};

class clients {
public:
  /// `pause`: between an answer and the next question of a client. `nats`: when it was disturbed.
  clients(const test::real_world& world, const outages& nats, std::vector<question> questions,
          std::size_t count, std::chrono::milliseconds pause);
  ~clients();
  clients(const clients&) = delete;
  clients& operator=(const clients&) = delete;

  void stop();
  const tally& counts() const noexcept {
    return counts_;
  }
  /// Microseconds from question to reply, of those that came since this was last called.
  std::vector<double> take_latencies();

private:
  void ask_on(std::size_t number);
  void judge(const question& asked, const std::string& id, const std::string& reply);

  const test::real_world& world_;
  const outages& nats_;
  std::vector<question> questions_;
  std::chrono::milliseconds pause_;
  tally counts_;
  std::mutex mutex_;
  std::vector<double> latencies_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

} // namespace hawkeye::chaos
