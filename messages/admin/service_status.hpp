// The status of the service, collected from the actors and shown by `status`, `/api/status`,
// `/metrics` and the page.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/timestamp.hpp"
#include "messages/history/refresh_report.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// How a refresh ended.
struct refresh_end {
  timestamp at;
  refresh_trigger trigger = refresh_trigger::start;
  std::string serial_number; ///< for a refresh of a single device; empty: all devices
  refresh_result result = refresh_result::published;
  std::string reason; ///< why it was not published; empty if it was
};

/// The number of past refreshes that are remembered.
inline constexpr std::size_t max_recent_refreshes = 10;

enum class refresh_phase : std::uint8_t { none, fetching, resolving, building, publishing };
std::string_view to_string(refresh_phase x) noexcept; ///< empty for none

/// The progress of the running refresh, and the results of the last ones.
struct refresh_progress {
  bool running = false;
  refresh_phase phase = refresh_phase::none;
  refresh_trigger trigger = refresh_trigger::start;
  std::string serial_number;              ///< for a refresh of a single device; empty: all devices
  std::optional<timestamp> started, next; ///< next: nothing while a refresh runs
  std::uint64_t ended = 0;                ///< refreshes of this process that have ended
  std::deque<refresh_end> recent;         ///< the last ones, newest first
  std::uint64_t failures = 0;             ///< attempts in a row without a published result
};

/// The progress of the resolver pool's calls to Bruin.
struct resolver_progress {
  std::uint64_t resolved = 0, total = 0; ///< of the running refresh
  std::uint64_t in_flight = 0, limit = 0;
  /// The circuit breaker only allows trial calls.
  bool client_info_paused = false, management_status_paused = false;
};

/// How this program was built.
struct build_info {
  std::string version, compiler, caf;
};

/// How a call to a bridge ended.
enum class call_result : std::uint8_t { none_yet, answered, failed };

/// The result of the last call per kind of question to the bridges.
struct last_calls {
  call_result hawkeye{}, client_info{}, management_status{};
};

/// Who may refresh: the holder of the lease, or every instance while Redis is unreachable.
enum class lease_state : std::uint8_t { undecided = 1, ours, another, redis_away, aside };
std::string_view to_string(lease_state x) noexcept;

/// The view of the instance that refreshes, shown in the status of the other instances.
struct leader_view {
  std::string refresh, bridges; ///< these sections of its status, as JSON objects
  std::vector<std::string> problems;
};

struct service_status {
  std::string name, environment, instance;
  build_info build;
  timestamp now, started;
  duration interval{};
  snapshot_ptr snapshot; ///< null if there is none yet
  refresh_progress refresh;
  resolver_progress resolver;
  last_calls calls;
  lease_state lease = lease_state::undecided;
  std::optional<leader_view> leader; ///< set if another instance refreshes and has answered
  bool leader_silent = false;        ///< it was asked and did not answer
  bool nats_connected = true;
  bool receives_requests = true; ///< NATS delivers requests for devices to this instance
  std::string nats_problem;      ///< empty: connected, and all subscriptions are permitted
  std::string redis_problem;     ///< empty: in use
  std::string payload_problem;   ///< the same for the Redis that stores payloads
  std::uint64_t nats_reconnects = 0;
  bool joined = true;              ///< whether the queue group is joined
  std::uint64_t pending = 0;       ///< requests waiting for their answer
  std::vector<std::string> silent; ///< actors that did not answer
};

using service_status_ptr = std::shared_ptr<const service_status>;

/// The current problems, one sentence each; empty if healthy.
std::vector<std::string> problems_of(const service_status& x);

/// A summary on one line: what is served, and the current problems.
std::string one_line(const service_status& x);

/// Seconds since the snapshot was built; nothing if there is no snapshot or its time is unknown.
std::optional<std::int64_t> age_of(const service_status& x);

/// When Bruin was last asked about the oldest served record; nothing if unknown.
std::optional<timestamp> oldest_record(const snapshot& x);

/// The number of devices served only until their removal is confirmed.
std::uint64_t removals_waiting(const snapshot& x);

/// The status as one JSON object; docs/operations.md describes its fields.
std::string write_status(const service_status& x);

/// Writes and reads the part of the refreshing instance's status that other instances show. Reading
/// returns nothing for any other JSON, or for more than 512 kB.
std::string write_leader_view(const service_status& x);
std::optional<leader_view> read_leader_view(std::string_view json);

} // namespace hawkeye
