// Those who mean harm: one sends to every subject that the service listens on, one to its pages,
// and some open connections to the pages and let them drip. Threading: each sort has a thread of
// its own; the counts can be read at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/real_world.hpp"

namespace hawkeye::soak {

/// Subjects as nats-server's own monitoring (`nats-server -m PORT`) knows them of the connection
/// that serves `hawkeye.customer.cache.get`; wildcards in them are replaced.
std::vector<std::string> subjects_of_service(std::uint16_t monitoring_port);

struct hostile_tally {
  std::atomic<std::uint64_t> nats_bytes{0}, nats_messages{0}, http_bytes{0}, http_requests{0};
  std::atomic<std::uint64_t> awaited{0};     ///< of those over NATS: to whom an answer is due
  std::atomic<std::uint64_t> answers{0};     ///< that came; some are lost with NATS
  std::atomic<std::uint64_t> bad_answers{0}; ///< no JSON with the fields of the contract
};

class hostile_clients {
public:
  /// `bytes_per_second`: over NATS; a tenth of it over HTTP. `counts` outlives the connections,
  /// whose last answers may come late.
  hostile_clients(std::string nats_url, std::vector<std::string> subjects, std::uint16_t http_port,
                  double bytes_per_second, std::uint64_t seed, hostile_tally& counts);
  ~hostile_clients();
  hostile_clients(const hostile_clients&) = delete;
  hostile_clients& operator=(const hostile_clients&) = delete;

  /// Whether to pause what goes over NATS.
  void hold(bool held) noexcept {
    held_ = held;
  }

private:
  void send_over_nats(std::uint64_t seed);
  void send_over_http(std::uint64_t seed);
  void drip() const;

  std::string nats_url_;
  std::vector<std::string> subjects_;
  std::uint16_t http_port_;
  double bytes_per_second_;
  hostile_tally& counts_;
  std::atomic<bool> stopping_{false}, held_{false};
  std::vector<std::thread> threads_;
};

} // namespace hawkeye::soak
