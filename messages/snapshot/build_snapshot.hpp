// From what Hawkeye and Bruin said to the next snapshot: the one place that decides which device is
// in and which is out.
#pragma once

#include <string>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/base/timestamp.hpp"
#include "messages/bridges/notice.hpp"
#include "messages/bridges/probe.hpp"
#include "messages/bridges/resolution.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// A finished refresh, ready to be judged and published.
struct build_result {
  snapshot_ptr next;                       ///< version: the previous one's plus one
  outcome_counts counts;                   ///< every probe of the reply in exactly one outcome
  std::vector<ambiguous_serial> ambiguous; ///< serial numbers with more than one client
  std::string failures;                    ///< digest of what failed at Bruin; empty: nothing did
  std::vector<outcome> outcomes;           ///< of probes.probes[i]
};

/// A device is in when Bruin says so, or when Bruin did not answer and `previous` has its record,
/// not older than `max_stale` (0: never). The record is Bruin's part; contact and attributes are
/// the probe's new ones. `previous` may be null. `now`: the wall clock; where it jumped back, no
/// record counts as older than it was.
build_result build_snapshot(const probe_list& probes, const resolution_list& resolutions,
                            const snapshot_ptr& previous, timestamp now, duration max_stale);

/// The same for a few devices only: all others stay as they are in `previous`, which must be there.
/// `before`: the outcomes these probes had, so that the counts stay true.
build_result replace_devices(const probe_list& probes, const resolution_list& resolutions,
                             const snapshot_ptr& previous, const std::vector<outcome>& before,
                             timestamp now, duration max_stale);

} // namespace hawkeye
