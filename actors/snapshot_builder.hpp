// Third stage of a refresh: merges the answers of Hawkeye and Bruin into the snapshot, sorts it and
// serializes it. After the snapshot was published it writes the explanations and finds the changes,
// for which no client waits. Threading: detached, because sorting and serializing 50,000 devices
// must not delay a reply.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/process/platform.hpp"

namespace hawkeye {

snapshot_builder_actor::behavior_type snapshot_builder(snapshot_builder_actor::pointer self,
                                                       std::function<timestamp()> wall_clock);

} // namespace hawkeye
