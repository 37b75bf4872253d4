#include "actors/snapshot_builder.hpp"

#include <malloc.h>

namespace hawkeye {

namespace {

/// For a refresh of few devices: the previous outcomes of those devices that were not served. They
/// are subtracted from the counts before the new ones are added.
std::vector<outcome> outcomes_before(const build_order& order) {
  std::vector<outcome> result;
  if (!order.about || !order.explanations)
    return result;
  for (const auto& serial : *order.about)
    if (const auto* known = order.explanations->entry(serial);
        known && known->gone == 0 && !is_served(known->why))
      result.push_back(known->why);
  return result;
}

build_result_ptr build(const build_order& order, timestamp now) {
  const refresh_answers answers{*order.probes, *order.resolutions,   order.list_asked,
                                now,           order.about,          outcomes_before(order),
                                order.elapsed, order.comparable_from};
  return std::make_shared<const build_result>(
      build_snapshot(order.previous.value, answers, order.rules));
}

refresh_findings_ptr make_findings(const build_order& order, const build_result& built,
                                   timestamp now) {
  const auto outcomes = built.merged
                            ? outcomes_in(*built.next, order.probes->probes, built.outcomes)
                            : built.outcomes;
  auto explanations = write_explanations(
      {*order.probes, *order.resolutions, outcomes, *built.next, now, order.about},
      order.explanations);
  auto changes = find_changes(order.previous.value, built.next, order.explanations, explanations);
  return std::make_shared<const refresh_findings>(
      refresh_findings{std::move(explanations), std::move(changes)});
}

} // namespace

snapshot_builder_actor::behavior_type snapshot_builder(snapshot_builder_actor::pointer,
                                                       std::function<timestamp()> wall_clock) {
  return {
      [wall_clock](build_atom, const build_order_ptr& order) {
        return build(*order, wall_clock());
      },
      [wall_clock](explained_atom, const build_order_ptr& order, const build_result_ptr& built) {
        return make_findings(*order, *built, wall_clock());
      },
      // A refresh of a large fleet frees some hundred thousand small blocks. They are returned to
      // the system now and not at the next refresh; in this thread that delays nobody.
      [](tick_atom) { ::malloc_trim(0); },
  };
}

} // namespace hawkeye
