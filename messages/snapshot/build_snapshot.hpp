// From what Hawkeye and Bruin said to the next snapshot: the one place that decides which device is
// in and which is out.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/base/timestamp.hpp"
#include "messages/bridges/notice.hpp"
#include "messages/bridges/probe.hpp"
#include "messages/bridges/resolution.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// When a device leaves; the numbers are those of refresh.* and bruin.monitored-statuses.
struct removal_rules {
  std::size_t guard_min_devices = 3;
  unsigned guard_max_drop = 10; ///< per cent
  duration guard_confirm_after = 10min;
  duration max_stale = 24h;                    ///< 0: silence of Bruin is taken for a no
  std::vector<std::string> monitored_statuses; ///< empty: none is checked again
};

/// What the bridges said in one refresh.
struct refresh_words {
  const probe_list& probes;
  const resolution_list& resolutions; ///< of probes.probes[i]
  asked_at list_asked = 0;            ///< when Hawkeye was asked
  timestamp now;                      ///< the wall clock
  /// Only about these serial numbers, `probes` has no others; nothing: about all.
  std::optional<std::vector<std::string>> about{};
  /// Of those that were not served: their outcomes before, as far as they are known, so that the
  /// counts stay true.
  std::vector<outcome> outcomes_before{};
  /// Steady time since the last refresh of all devices, whoever made it.
  duration elapsed{};
  /// question_clock::comparable_from().
  asked_at comparable_from = 0;
};

/// A finished refresh, ready to be published.
struct build_result {
  snapshot_ptr next; ///< version: the previous one's plus one
  /// Every probe of the reply in exactly one outcome, and the devices that are served although
  /// Hawkeye's list lacks them.
  outcome_counts counts;
  std::vector<ambiguous_serial> ambiguous; ///< serial numbers with more than one client
  std::string failures;                    ///< digest of what failed at Bruin; empty: nothing did
  std::vector<outcome> outcomes;           ///< of probes.probes[i]
  removals removed{};
  std::size_t silent = 0; ///< devices for which Bruin did not answer
  bool merged = false;    ///< answers of other instances came into `next` when it was published
};

/// Merges what a refresh heard into what is known. Who is served, and who leaves when, is decided
/// here and in device_state.hpp alone: docs/architecture.md has the rules in a table. `previous`
/// may be null.
build_result hear(const snapshot_ptr& previous, const refresh_words& words,
                  const removal_rules& rules);

/// Those that are served only until their removal is confirmed; `confirmed` is 0.
removals removals_in(const snapshot& x);

/// The outcomes of the probes as they are in `published`, where other instances' answers were
/// merged into what this refresh decided.
std::vector<outcome> outcomes_in(const snapshot& published, const std::vector<probe>& probes,
                                 std::vector<outcome> decided);

} // namespace hawkeye
