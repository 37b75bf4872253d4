#include "actors/snapshot_builder.hpp"

#include <malloc.h>

namespace hawkeye {

namespace {

/// The outcomes that these few devices had so far.
std::vector<outcome> outcomes_before(const build_order& what) {
  std::vector<outcome> result;
  const auto look = [&](const std::string& serial) {
    const auto* known = what.explanations ? what.explanations->entry(serial) : nullptr;
    if (known && known->gone == 0)
      result.push_back(known->why);
  };
  for (const auto& x : what.probes->probes)
    look(x.serial_number);
  for (const auto& x : what.probes->discarded)
    look(x.serial_number);
  return result;
}

build_result_ptr build(const build_order& what, timestamp now, duration max_stale) {
  return std::make_shared<const build_result>(
      what.whole ? build_snapshot(*what.probes, *what.resolutions, what.previous, now, max_stale)
                 : replace_devices(*what.probes, *what.resolutions, what.previous,
                                   outcomes_before(what), now, max_stale));
}

refresh_findings_ptr find_out(const build_order& what, const build_result& built, timestamp now) {
  auto explanations =
      write_explanations({*what.probes, *what.resolutions, built.outcomes, *built.next, now},
                         what.explanations, what.whole);
  auto changes = find_changes(what.previous, built.next, what.explanations, explanations);
  return std::make_shared<const refresh_findings>(
      refresh_findings{std::move(explanations), std::move(changes)});
}

} // namespace

snapshot_builder_actor::behavior_type snapshot_builder(snapshot_builder_actor::pointer,
                                                       std::function<timestamp()> wall_clock,
                                                       duration max_stale) {
  return {
      [wall_clock, max_stale](build_atom, const build_order_ptr& what) {
        return build(*what, wall_clock(), max_stale);
      },
      [wall_clock](explained_atom, const build_order_ptr& what, const build_result_ptr& built) {
        return find_out(*what, *built, wall_clock());
      },
      // A refresh of a large fleet frees some hundred thousand small blocks: give them back now,
      // not at the next one; here, where it delays nobody.
      [](tick_atom) { ::malloc_trim(0); },
  };
}

} // namespace hawkeye
