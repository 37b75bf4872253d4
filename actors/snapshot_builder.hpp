// Third station of a refresh: from probes and what Bruin said to the next snapshot, sorted and
// serialized; and, once that is published and nobody waits any more, to what there is to remember
// of it. Threading: detached, because sorting and serializing 50,000 devices must not delay a
// reply.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/process/platform.hpp"

namespace hawkeye {

snapshot_builder_actor::behavior_type snapshot_builder(snapshot_builder_actor::pointer self,
                                                       std::function<timestamp()> wall_clock,
                                                       duration max_stale);

} // namespace hawkeye
