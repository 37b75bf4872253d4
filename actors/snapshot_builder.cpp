#include "actors/snapshot_builder.hpp"

#include <malloc.h>

namespace hawkeye {

snapshot_builder_actor::behavior_type snapshot_builder(snapshot_builder_actor::pointer,
                                                       std::function<moment()> wall_clock,
                                                       duration max_stale) {
  return {
      [wall_clock = std::move(wall_clock),
       max_stale](build_atom, const probe_list_ptr& probes, const resolution_list_ptr& resolutions,
                  const snapshot_ptr& previous) -> build_result_ptr {
        return std::make_shared<const build_result>(
            build_snapshot(*probes, *resolutions, previous, wall_clock(), max_stale));
      },
      // A refresh of a large fleet frees some hundred thousand small blocks: give them back now,
      // not at the next one; here, where it delays nobody.
      [](tick_atom) { ::malloc_trim(0); },
  };
}

} // namespace hawkeye
