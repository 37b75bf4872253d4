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

std::string ping_response(const service_identity& x);
std::string info_response(const service_identity& x);
std::string stats_response(const service_identity& x,
                           const std::array<endpoint_stats, endpoint_count>& stats);

} // namespace hawkeye
