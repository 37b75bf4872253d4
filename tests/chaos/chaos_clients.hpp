// Clients that ask all the while and know every right answer. Threading: each asks in a thread of
// its own, over a connection of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace hawkeye::chaos {

/// A request's body and the only right reply to it, from `"body"` on.
struct question {
  std::string body, answer;
};

struct tally {
  std::atomic<std::uint64_t> sent{0}, answered{0}, wrong{0}, slow{0}, building{0};
};

class clients {
public:
  clients(const std::string& nats_url, std::vector<question> questions, std::size_t count);
  ~clients();
  clients(const clients&) = delete;
  clients& operator=(const clients&) = delete;

  void stop();
  const tally& counts() const noexcept {
    return counts_;
  }

private:
  void ask_on(const std::string& nats_url, std::size_t number);
  void judge(const question& asked, const std::string& id, const std::string& reply);

  std::vector<question> questions_;
  tally counts_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

} // namespace hawkeye::chaos
