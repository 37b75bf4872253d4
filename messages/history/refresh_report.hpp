// The report of a refresh that published, shown by `status` and `/api/refreshes`. The last 50 are
// stored in Redis under KEY:history.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/base/timestamp.hpp"
#include "messages/history/snapshot_changes.hpp"

namespace hawkeye {

/// The number of reports that are kept, and the maximum bytes of each.
inline constexpr std::size_t max_reports = 50;
inline constexpr std::size_t max_report_bytes = 64u << 10;

/// Why a refresh ran.
enum class refresh_trigger : std::uint8_t {
  start,    ///< the first refresh of this process
  interval, ///< the interval has passed
  retry,    ///< the previous attempt failed, or Bruin did not answer
  request,  ///< a client requested it
  device,   ///< a client requested a single device
  confirm   ///< removals need a second answer
};
inline constexpr std::size_t refresh_trigger_count = 6;

std::string_view to_string(refresh_trigger x) noexcept;

/// How a refresh ended.
enum class refresh_result : std::uint8_t {
  published,
  kept_in_memory, ///< Redis was unreachable: served, and stored when it is back
  failed
};
inline constexpr std::size_t refresh_result_count = 3;

std::string_view to_string(refresh_result x) noexcept;

/// True if the result of the refresh is served.
constexpr bool took_effect(refresh_result x) noexcept {
  return x == refresh_result::published || x == refresh_result::kept_in_memory;
}

struct refresh_report {
  std::uint64_t version = 0; ///< of the snapshot
  refresh_trigger trigger = refresh_trigger::start;
  std::string serial_number; ///< for a refresh of a single device; empty: all devices
  bool in_redis = true;      ///< false: Redis was unreachable, only in memory so far
  timestamp started, finished;
  duration fetching{}, resolving{}, building{}, publishing{};
  std::uint64_t devices = 0;
  outcome_counts counts;
  snapshot_changes changes;
  std::string instance; ///< the instance that refreshed
};

/// Writes one JSON object. If it exceeds `max_report_bytes`, the lists of devices are omitted and
/// their counts kept.
std::string write_report(const refresh_report& x);

/// Writes the reports as one JSON array of at most `most` bytes, from the first on as many as fit.
/// Reports that are not JSON objects are skipped, because another program may have written them.
std::string write_history(const std::vector<std::string>& reports, std::size_t most);

} // namespace hawkeye
