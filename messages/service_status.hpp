// How the service is: what `status`, `/api/status`, `/metrics` and the page tell, gathered from the
// actors that know.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/moment.hpp"
#include "messages/refresh_report.hpp"
#include "messages/settings.hpp"
#include "messages/snapshot.hpp"

namespace hawkeye {

/// Where a refresh stands, and how the last one ended.
struct refresh_progress {
  bool running = false;
  std::string phase; ///< fetching, resolving, building, publishing; empty: none runs
  refresh_trigger trigger = refresh_trigger::start;
  std::optional<moment> started, next; ///< next: nothing while one runs
  std::uint64_t ended = 0;             ///< refreshes of this process that came to an end
  std::string last_result;    ///< published, kept_in_memory, held, failed, dropped; empty: none yet
  std::string last_reason;    ///< why it was not published
  std::uint64_t failures = 0; ///< attempts in a row that published nothing
};

/// How the resolver pool gets on with Bruin.
struct resolver_progress {
  std::uint64_t resolved = 0, total = 0; ///< of the running refresh
  std::uint64_t in_flight = 0, limit = 0;
  bool client_info_paused = false, management_status_paused = false; ///< its breaker is open
};

/// A build, as it was configured.
struct build_info {
  std::string version, compiler, caf;
};

struct service_status {
  std::string name, environment, instance;
  build_info build;
  moment now, started;
  duration interval{};
  snapshot_ptr snapshot; ///< null: none yet
  refresh_progress refresh;
  resolver_progress resolver;
  std::string leader;          ///< raw JSON of the refresh section of the instance that refreshes
  std::string lease;           ///< ours, another, undecided, redis_away
  std::string nats_trouble;    ///< empty: connected
  std::string redis_trouble;   ///< empty: in use
  std::string payload_trouble; ///< of the Redis for payloads
  std::uint64_t nats_reconnects = 0;
  std::uint64_t pending = 0;       ///< requests that wait for their answer
  std::vector<std::string> silent; ///< actors that did not answer
};

using service_status_ptr = std::shared_ptr<const service_status>;

/// What is wrong, one sentence each; empty: healthy.
std::vector<std::string> problems_of(const service_status& x);

/// Seconds since the snapshot was built; nothing where there is none, or it does not say.
std::optional<std::int64_t> age_of(const service_status& x);

/// When Bruin last spoke for the record that it has been silent about the longest; nothing: for all
/// of them in the last refresh.
std::optional<moment> oldest_record(const snapshot& x);

/// One JSON object (docs/operations.md names its fields).
std::string write_status(const service_status& x);

/// The `refresh` section of it alone.
std::string write_progress(const service_status& x);

} // namespace hawkeye
