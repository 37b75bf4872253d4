// Service discovery for `nats micro` and other tools: the answers to `$SRV.PING`, `$SRV.INFO` and
// `$SRV.STATS` (ADR-32 of nats-architecture-and-design).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "messages/base/timestamp.hpp"

namespace hawkeye {

/// The subjects for client requests.
enum class endpoint : std::uint8_t { get, status, refresh, explain };
inline constexpr std::size_t endpoint_count = 4;
std::string_view to_string(endpoint x) noexcept;

/// True if an answer with this status counts as an error of the service, in its statistics and in
/// the reply's headers. 404 does not: it is a valid answer.
constexpr bool is_service_error(int status) noexcept {
  return status >= 400 && status != 404;
}

/// The statistics of one endpoint since the start.
struct endpoint_stats {
  std::uint64_t requests = 0, errors = 0; ///< errors: answers that are service errors
  std::int64_t processing_ns = 0;         ///< sum over all requests
  std::string last_error;                 ///< `400: The request ...`; empty if none
};

struct service_identity {
  std::string name, id, version, environment;
  std::string queue; ///< the queue group of all endpoints
  std::array<std::string, endpoint_count> subjects;
  timestamp started;
};

/// The subject for all of these requests, so that one subscription is enough.
inline constexpr const char* discovery_subject = "$SRV.>";

/// The answer to a request on `subject`: a verb alone, with our name, or with our name and id.
/// Every instance answers for itself. Empty: the request is for another service.
std::string discovery_response(const service_identity& who, std::string_view subject,
                               const std::array<endpoint_stats, endpoint_count>& stats);

} // namespace hawkeye
