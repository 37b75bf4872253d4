// What the stand-in knows at run time: its options and fleet, which calls are being served, and
// what it has counted. Shared by NATS' delivery thread and the timer; every function takes the one
// lock.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/stand_in_fleet.hpp"
#include "tests/support/stand_in_options.hpp"
#include "tests/support/stand_in_reply.hpp"

namespace hawkeye::stand_in {

inline constexpr std::array<const char*, 3> bridge_subjects{
    "hawkeye.probe.request", "bruin.customer.get.info", "bruin.inventory.management.status"};
inline constexpr std::array<const char*, 2> notifier_subjects{"notification.slack.request",
                                                              "notification.email.request"};

class state {
public:
  using clock = std::chrono::steady_clock;

  explicit state(const options& with);

  /// How a call that arrived `now` is to be served.
  struct plan {
    std::shared_ptr<const fleet> from;
    fault_kind wrong = fault_kind::none;
    clock::time_point due;
    std::chrono::milliseconds late_by{0};
    std::size_t huge_bytes = 0;
  };
  /// Puts a call in the queue of its bridge and decides its fault. A call with a problem has none.
  plan admit(call& asked, clock::time_point now);
  void answered(bridge by);
  void lost(bridge by); ///< a reply too large for NATS, and no Redis to offload it in

  void notified(std::size_t notifier, std::string_view message);

  /// `{"hawkeye_fault":"partial","probes":100}`: all of it is set, or nothing. Also
  /// `{"reset_stats":true}`. Returns the reply.
  std::string control(std::string_view request);
  std::string stats() const;
  /// `{"partial":true}` asks for what follows from the first third of the fleet.
  std::string expected(std::string_view request) const;

  /// Whether the bridge listens at all.
  bool subscribed(bridge x) const;

private:
  struct counters {
    std::uint64_t requests = 0, answered = 0, lost = 0, faults = 0, bad_requests = 0;
    std::uint64_t in_flight = 0, max_in_flight = 0;
  };
  struct notices {
    std::uint64_t count = 0;
    std::deque<std::string> latest; ///< as they came, the newest last
  };
  using moments =
      std::priority_queue<clock::time_point, std::vector<clock::time_point>, std::greater<>>;

  fault& fault_of(bridge x);
  fault_kind pick_fault(const call& asked);
  clock::time_point take_place(bridge at, clock::time_point now);
  void reset_counters();

  mutable std::mutex mutex_;
  options with_;
  std::shared_ptr<const fleet> fleet_;
  std::array<counters, 3> counters_;
  std::array<notices, 2> notices_;
  std::uint64_t bruin_in_flight_ = 0, bruin_max_in_flight_ = 0;
  std::array<moments, 2> places_; ///< Hawkeye's and Bruin's: when each place becomes free
  std::uint64_t random_;
};

} // namespace hawkeye::stand_in
