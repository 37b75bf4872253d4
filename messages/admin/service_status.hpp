// How the service is: what `status`, `/api/status`, `/metrics` and the page show, gathered from the
// actors.
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
  std::string serial_number; ///< of a refresh of a single device; empty: of all
  refresh_result result = refresh_result::published;
  std::string reason; ///< why it was not published; empty: it was
};

/// So many ends are remembered.
inline constexpr std::size_t max_recent_refreshes = 10;

enum class refresh_phase : std::uint8_t { none, fetching, resolving, building, publishing };
std::string_view to_string(refresh_phase x) noexcept; ///< empty: none

/// Where a refresh stands, and how the last ones ended.
struct refresh_progress {
  bool running = false;
  refresh_phase phase = refresh_phase::none;
  refresh_trigger trigger = refresh_trigger::start;
  std::string serial_number;              ///< of a refresh of a single device; empty: of all
  std::optional<timestamp> started, next; ///< next: nothing while one runs
  std::uint64_t ended = 0;                ///< refreshes of this process that came to an end
  std::deque<refresh_end> recent;         ///< the last of these, newest first
  std::uint64_t failures = 0;             ///< attempts in a row that published nothing
};

/// How the resolver pool gets on with Bruin.
struct resolver_progress {
  std::uint64_t resolved = 0, total = 0; ///< of the running refresh
  std::uint64_t in_flight = 0, limit = 0;
  bool client_info_paused = false, management_status_paused = false; ///< only trial calls are made
};

/// A build, as it was configured.
struct build_info {
  std::string version, compiler, caf;
};

/// How a call to a bridge ended.
enum class call_result : std::uint8_t { none_yet, answered, failed };

/// How the last call of each question to the bridges ended.
struct last_calls {
  call_result hawkeye{}, client_info{}, management_status{};
};

/// Who may refresh: the holder of the lease, and everyone while Redis cannot say.
enum class lease_state : std::uint8_t { undecided = 1, ours, another, redis_away, aside };
std::string_view to_string(lease_state x) noexcept;

/// What the instance that refreshes says about that, for the status of another one.
struct leader_view {
  std::string refresh, bridges; ///< these sections of its status, JSON objects
  std::vector<std::string> problems;
};

struct service_status {
  std::string name, environment, instance;
  build_info build;
  timestamp now, started;
  duration interval{};
  snapshot_ptr snapshot; ///< null: none yet
  refresh_progress refresh;
  resolver_progress resolver;
  last_calls calls;
  lease_state lease = lease_state::undecided;
  std::optional<leader_view> leader; ///< where another instance refreshes and was asked
  bool leader_silent = false;        ///< it was asked, and did not answer
  std::string nats_problem;          ///< empty: connected
  std::string redis_problem;         ///< empty: in use
  std::string payload_problem;       ///< of the Redis for payloads
  std::uint64_t nats_reconnects = 0;
  bool joined = true;              ///< the queue group
  std::uint64_t pending = 0;       ///< requests that wait for their answer
  std::vector<std::string> silent; ///< actors that did not answer
};

using service_status_ptr = std::shared_ptr<const service_status>;

/// What is wrong, one sentence each; empty: healthy.
std::vector<std::string> problems_of(const service_status& x);

/// For a person who sees one line only: what is served, and what is wrong.
std::string one_line(const service_status& x);

/// Seconds since the snapshot was built; nothing where there is none, or it does not say.
std::optional<std::int64_t> age_of(const service_status& x);

/// When Bruin last spoke for the oldest record that is served; nothing: it is not known.
std::optional<timestamp> oldest_record(const snapshot& x);

/// How many devices are served only until their removal is confirmed.
std::uint64_t removals_waiting(const snapshot& x);

/// One JSON object (docs/operations.md names its fields).
std::string write_status(const service_status& x);

/// The part of the status of an instance that refreshes which another instance shows, and its
/// reader; nothing: it is something else.
std::string write_leader_view(const service_status& x);
std::optional<leader_view> read_leader_view(std::string_view json);

} // namespace hawkeye
