// Answers `$SRV.PING`, `.INFO` and `.STATS` (ADR-32): each alone, with our name, and with our name
// and id. Every instance answers for itself. Threading: on the connection's thread, at once.
#pragma once

#include <memory>

#include "actors/nats/client.hpp"
#include "actors/process/metrics.hpp"
#include "messages/rpc/service_discovery.hpp"

namespace hawkeye {

/// The subject for all of these requests, so that one subscription is enough.
inline constexpr const char* discovery_subject = "$SRV.>";

/// The handler for messages on `discovery_subject`.
nats_handler answer_discovery(const std::shared_ptr<nats_client>& nats, service_identity who,
                              std::shared_ptr<const metrics_registry> metrics);

} // namespace hawkeye
