// Those who mean harm: one sends to every subject that the service listens on, one to its pages,
// and some open connections to the pages and let them drip. Threading: each sort has a thread of
// its own; the counts can be read at any time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/outages.hpp"
#include "tests/support/real_world.hpp"

namespace hawkeye::soak {

/// Subjects as nats-server's own monitoring (`nats-server -m PORT`) knows them of the connection
/// that serves `hawkeye.customer.cache.get`; wildcards in them are replaced.
std::vector<std::string> subjects_of_service(std::uint16_t monitoring_port);

/// The requests to which an answer is due, until it comes. Threading: any.
class awaited_answers {
public:
  using clock = std::chrono::steady_clock;

  void sent(std::uint64_t request, std::string what);
  void answered(std::uint64_t request);
  bool empty() const;
  /// Takes out those sent before `limit`; how many of them NATS cannot have lost.
  std::uint64_t give_up(clock::time_point limit, const chaos::outages& nats);

private:
  struct awaited {
    clock::time_point at;
    std::string what; ///< for the report: subject and begin of the data
  };
  mutable std::mutex mutex_;
  std::map<std::uint64_t, awaited> pending_;
};

struct hostile_tally {
  std::atomic<std::uint64_t> nats_bytes{0}, nats_messages{0}, http_bytes{0}, http_requests{0};
  std::atomic<std::uint64_t> awaited{0};     ///< of those over NATS: to whom an answer is due
  std::atomic<std::uint64_t> answers{0};     ///< that came; some are lost with NATS
  std::atomic<std::uint64_t> bad_answers{0}; ///< no JSON with the fields of the contract
  /// Due, but nothing came within ten seconds in which NATS was there.
  std::atomic<std::uint64_t> unanswered_with_nats{0};
  awaited_answers pending;
};

class hostile_clients {
public:
  /// `bytes_per_second`: over NATS; a tenth of it over HTTP. `nats`: when it was disturbed.
  /// `counts` outlives the connections, whose last answers may come late.
  hostile_clients(std::string nats_url, std::vector<std::string> subjects, std::uint16_t http_port,
                  double bytes_per_second, std::uint64_t seed, hostile_tally& counts,
                  const chaos::outages& nats);
  ~hostile_clients();
  hostile_clients(const hostile_clients&) = delete;
  hostile_clients& operator=(const hostile_clients&) = delete;

  /// Whether to pause what goes over NATS.
  void hold(bool held) noexcept {
    held_ = held;
  }

private:
  void send_over_nats(std::uint64_t seed);
  void give_up_before(std::chrono::steady_clock::time_point limit);
  void send_over_http(std::uint64_t seed);
  void drip() const;

  std::string nats_url_;
  std::vector<std::string> subjects_;
  std::uint16_t http_port_;
  double bytes_per_second_;
  hostile_tally& counts_;
  const chaos::outages& nats_;
  std::atomic<bool> stopping_{false}, held_{false};
  std::vector<std::thread> threads_;
};

} // namespace hawkeye::soak
