// Builds the next snapshot from the answers of Hawkeye and Bruin. This is the only place that
// decides which devices are served.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/base/timestamp.hpp"
#include "messages/bridges/notice.hpp"
#include "messages/bridges/probe.hpp"
#include "messages/bridges/resolution.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// The rules for removing a device, from the settings refresh.* and bruin.monitored-statuses.
struct removal_rules {
  std::size_t guard_min_devices = 3;
  unsigned guard_max_drop = 10; ///< per cent
  duration guard_confirm_after = 10min;
  /// 0: no carry-over; a device for which Bruin does not answer is removed.
  duration max_stale = 24h;
  std::vector<std::string> monitored_statuses; ///< empty: statuses are not checked again
};

/// The answers of the bridges in one refresh.
struct refresh_answers {
  const probe_list& probes;
  const resolution_list& resolutions; ///< resolutions[i] belongs to probes.probes[i]
  asked_at list_asked = 0;            ///< when Hawkeye was asked for the list
  timestamp now;                      ///< wall clock time
  /// The serial numbers of a partial refresh; `probes` has no others. Nothing: all devices.
  std::optional<std::vector<std::string>> about{};
  /// For a partial refresh: the previous outcomes, as far as known, of the devices that were not
  /// served. Needed to update the counts.
  std::vector<outcome> outcomes_before{};
  /// Steady time since the last refresh of all devices by any instance.
  duration elapsed{};
  /// question_clock::comparable_from().
  asked_at comparable_from = 0;
};

/// The result of a refresh, ready to be published.
struct build_result {
  snapshot_ptr next; ///< its version is the previous version plus one
  /// Counts every probe of the reply under exactly one outcome, plus the devices that are served
  /// although Hawkeye's list does not have them.
  outcome_counts counts;
  std::vector<ambiguous_serial> ambiguous; ///< serial numbers with several clients
  std::string failures;                    ///< digest of Bruin's failures; empty if there were none
  std::vector<outcome> outcomes;           ///< outcomes[i] belongs to probes.probes[i]
  removals removed{};
  std::size_t silent = 0;  ///< number of devices for which Bruin did not answer
  std::size_t expired = 0; ///< number of devices whose record was served and is now too old
  bool merged = false;     ///< true if publishing merged answers of other instances into `next`
};

/// Merges the answers of a refresh into the previous snapshot. Only this function and
/// device_state.hpp decide which devices are served and when one is removed; docs/architecture.md
/// has the rules in a table. `previous` may be null.
build_result build_snapshot(const snapshot_ptr& previous, const refresh_answers& answers,
                            const removal_rules& rules);

/// The devices that are served only until their removal is confirmed; `confirmed` is 0.
removals removals_in(const snapshot& x);

/// Updates the outcomes that this refresh decided for `probes` to those in `published`, into which
/// answers of other instances were merged.
std::vector<outcome> outcomes_in(const snapshot& published, const std::vector<probe>& probes,
                                 std::vector<outcome> decided);

} // namespace hawkeye
