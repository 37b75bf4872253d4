// Limits on external input, each with its unit and its reason. A limit that only one reader uses is
// defined next to that reader (max_json_depth in json.hpp, max_probes in probe.hpp). Input over a
// limit is rejected as a whole, with an error that names the limit; it is never read partially.
// Limits that an operator may want to change are in config.ini. docs/security.md lists all of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hawkeye {

// -- clients and operators ------------------------------------------------------------------------

/// Bytes of a request. A typical client request has about a hundred.
inline constexpr std::size_t max_request_bytes = 1u << 20;
/// Bytes of a request id, as JSON. It is echoed in the reply, which must stay below the max_payload
/// of any server. A typical id has about 40.
inline constexpr std::size_t max_request_id_bytes = 16u << 10;
/// Bytes of all requests that wait for the responder, in addition to nats.max-pending. The same
/// limit applies to the requests that wait until their reply is offloaded.
inline constexpr std::size_t max_waiting_bytes = 64u << 20;
/// Bytes that the NATS library buffers for one subscription: enough for at least one message of the
/// largest size that a server allows (64 MB). The library drops messages beyond it.
inline constexpr int max_nats_bytes = 128 << 20;
/// Unanswered requests to the admin actor. Operators rarely ask, and each request may query Redis.
inline constexpr std::size_t max_admin_requests = 256;
/// Bytes of one admin request.
inline constexpr std::size_t max_admin_request_bytes = 64u << 10;
/// Bytes of replies offloaded within one redis.payload-ttl. Clients choose the filters and with
/// them the number of different replies.
inline constexpr std::uint64_t max_offloaded_bytes = 512u << 20;
/// Bytes of an HTTP request (head and body), and of its body alone.
inline constexpr std::size_t max_http_bytes = 128u << 10;
inline constexpr std::size_t max_http_body_bytes = 64u << 10;
/// Concurrent HTTP connections. If one more arrives, the oldest without a complete request is
/// closed.
inline constexpr std::size_t max_http_connections = 256;
/// Connections of these that may subscribe to events, which keeps them open.
inline constexpr std::size_t max_listeners = 32;

// -- bridges --------------------------------------------------------------------------------------

/// Bytes of one text of a probe, such as its serial number.
inline constexpr std::size_t max_probe_text = 16u << 10;
/// Bytes of an offloaded bridge reply read from Redis. 50,000 probes take about 45 MB.
inline constexpr std::size_t max_reply_bytes = 256u << 20;
/// Bytes of one client as Bruin sends it. It is stored and served once per device of that client.
inline constexpr std::size_t max_client_bytes = 64u << 10;
/// Clients of one serial number. More than one is an ambiguity that is reported; hundreds cannot be
/// valid.
inline constexpr std::size_t max_clients = 100;
/// Bytes of all clients that Bruin sends in one refresh.
inline constexpr std::size_t max_clients_bytes = 512u << 20;
/// Bytes of a client_id, as JSON.
inline constexpr std::size_t max_client_id_bytes = 1024;
/// Bytes of a management status, as JSON.
inline constexpr std::size_t max_status_bytes = 1024;

// -- other instances ------------------------------------------------------------------------------

/// Bytes of what the refreshing instance tells of itself, usually some kilobytes. To read many
/// members takes time in proportion to their square.
inline constexpr std::size_t max_leader_view_bytes = 512u << 10;

// -- Redis ----------------------------------------------------------------------------------------

/// Bytes of the stored array, of its meta and of the explanations, each: enough for half a million
/// devices. A refresh whose result is larger fails, because the next start could not read it.
inline constexpr std::size_t max_stored_bytes = 256u << 20;

// -- names ----------------------------------------------------------------------------------------

/// The limits that clients and operators can exceed, counted by `hawkeye_cache_over_limit_total` in
/// `/metrics`. Limits exceeded by a bridge or by Redis are counted with their other failures.
enum class limit : std::uint8_t {
  nesting,          ///< a request is nested deeper than max_json_depth: 400
  request_bytes,    ///< max_request_bytes, max_request_id_bytes, max_admin_request_bytes: 400
  waiting_requests, ///< nats.max-pending or max_waiting_bytes: 503
  admin_requests,   ///< max_admin_requests: 503; requests of other instances are dropped
  offloaded_bytes,  ///< max_offloaded_bytes: 503
  http_bytes,       ///< max_http_bytes: connection closed; max_http_body_bytes: 413
  http_connections  ///< max_http_connections: the oldest is closed; max_listeners: 503
};
inline constexpr std::size_t limit_count = 7;

/// The label in `/metrics`. Labels stay the same when an enumerator here is renamed.
constexpr std::string_view to_string(limit x) noexcept {
  constexpr std::array<std::string_view, limit_count> names{
      "nesting",      "request_bytes", "waiting_requests", "desk_requests",
      "parked_bytes", "http_bytes",    "http_connections"};
  return names[static_cast<std::size_t>(x)];
}

} // namespace hawkeye
