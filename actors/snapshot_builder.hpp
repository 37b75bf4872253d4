// Third stage of a refresh: merges what Hawkeye and Bruin answered into the snapshot, sorted and
// serialized. Once that is published and nobody waits any more, it writes the explanations and
// finds the changes. Threading: detached, because sorting and serializing 50,000 devices must not
// delay a reply.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/process/platform.hpp"

namespace hawkeye {

snapshot_builder_actor::behavior_type snapshot_builder(snapshot_builder_actor::pointer self,
                                                       std::function<timestamp()> wall_clock);

} // namespace hawkeye
