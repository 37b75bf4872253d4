// What is kept of a refresh that published: shown by `status` and `/api/refreshes`, the last 50
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

/// So many reports are kept, each of at most so many bytes.
inline constexpr std::size_t max_reports = 50;
inline constexpr std::size_t max_report_bytes = 64u << 10;

/// Why a refresh ran.
enum class refresh_trigger : std::uint8_t {
  start,    ///< the first one of this process
  interval, ///< it was due
  retry,    ///< the attempt before had failed, or Bruin was silent
  request,  ///< somebody asked for it
  device,   ///< somebody asked for a single device
  confirm   ///< removals wait for a second answer
};
inline constexpr std::size_t refresh_trigger_count = 6;

std::string_view to_string(refresh_trigger x) noexcept;

/// How a refresh ended.
enum class refresh_result : std::uint8_t {
  published,
  kept_in_memory, ///< Redis was away: served, and written once it is back
  failed
};
inline constexpr std::size_t refresh_result_count = 3;

std::string_view to_string(refresh_result x) noexcept;

/// Whether what it found is served.
constexpr bool took_effect(refresh_result x) noexcept {
  return x == refresh_result::published || x == refresh_result::kept_in_memory;
}

struct refresh_report {
  std::uint64_t version = 0; ///< of the snapshot
  refresh_trigger trigger = refresh_trigger::start;
  std::string serial_number; ///< of a refresh of a single device; empty: of all
  bool in_redis = true;      ///< false: only in memory for now, Redis was away
  timestamp started, finished;
  duration fetching{}, resolving{}, building{}, publishing{};
  std::uint64_t devices = 0;
  outcome_counts counts;
  snapshot_changes changes;
  std::string instance; ///< who did it
};

/// One JSON object; over `max_report_bytes` the named devices are left out, their counts stay.
std::string write_report(const refresh_report& x);

/// The reports as one JSON array of at most `most` bytes: as many of the first ones as that holds.
/// What is no JSON object is left out: another program may have written there.
std::string write_history(const std::vector<std::string>& reports, std::size_t most);

} // namespace hawkeye
