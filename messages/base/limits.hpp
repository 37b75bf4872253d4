// The limits on what comes from outside, each with its unit and its reason; those of one reader
// alone stand beside it (max_json_depth in json.hpp, max_probes in probe.hpp). What goes over
// is refused whole, by name: nothing is read half. What an operator may want to change stands in
// config.ini. docs/security.md has them all in a table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hawkeye {

// -- clients and operators -----------------------------------------------------------------------

/// Bytes of a request. A client's has some hundred.
inline constexpr std::size_t max_request_bytes = 1u << 20;
/// Bytes of a request id, as JSON: it comes back in the reply, which must stay below any server's
/// max_payload. A real one has some forty.
inline constexpr std::size_t max_request_id_bytes = 16u << 10;
/// Bytes of all requests that wait for the responder, beside nats.max-pending; and of those that
/// wait until their reply is offloaded.
inline constexpr std::size_t max_waiting_bytes = 64u << 20;
/// Bytes that the NATS library holds for one subscription before they reach us: at least one
/// message of the largest size that a server allows (64 MB). Beyond, it drops.
inline constexpr int max_nats_bytes = 128 << 20;
/// Requests to the admin actor that are not answered yet: operators ask seldom, and each may ask
/// Redis.
inline constexpr std::size_t max_admin_requests = 256;
/// Bytes of each of them.
inline constexpr std::size_t max_admin_request_bytes = 64u << 10;
/// Bytes of our own replies that one life time offloads: clients choose the filters, so they choose
/// how many different replies there are.
inline constexpr std::uint64_t max_offloaded_bytes = 512u << 20;
/// Bytes of an HTTP request, head and body, and of its body.
inline constexpr std::size_t max_http_bytes = 128u << 10;
inline constexpr std::size_t max_http_body_bytes = 64u << 10;
/// HTTP connections at a time. For one more, the oldest without a whole request is cut off.
inline constexpr std::size_t max_http_connections = 256;
/// Of these, those that listen to the events: they stay.
inline constexpr std::size_t max_listeners = 32;

// -- bridges -------------------------------------------------------------------------------------

/// Bytes of a stored reply that is recovered: 50,000 probes take some 45 MB.
inline constexpr std::size_t max_reply_bytes = 256u << 20;
/// Bytes of one client as Bruin gives it; it is kept and served for every device of his.
inline constexpr std::size_t max_client_bytes = 64u << 10;
/// Clients of one serial number: more than one is an ambiguity to report, hundreds are a lie.
inline constexpr std::size_t max_clients = 100;
/// Bytes of what Bruin says of all clients in one refresh.
inline constexpr std::size_t max_clients_bytes = 512u << 20;
/// Bytes of a client_id, as JSON.
inline constexpr std::size_t max_client_id_bytes = 1024;
/// Bytes of a management status, as JSON.
inline constexpr std::size_t max_status_bytes = 1024;

// -- Redis ---------------------------------------------------------------------------------------

/// Bytes of the stored array, of its meta and of the explanations: half a million devices' worth. A
/// refresh that finds more fails: who could not read it at the next start must not write it.
inline constexpr std::size_t max_stored_bytes = 256u << 20;

// -- names ---------------------------------------------------------------------------------------

/// What clients and operators went over, as `hawkeye_cache_over_limit_total` in `/metrics` names
/// it. What a bridge or Redis overdoes is counted with its other failures.
enum class limit : std::uint8_t {
  nesting,          ///< a request nests deeper than max_json_depth: 400
  request_bytes,    ///< max_request_bytes, max_request_id_bytes, max_admin_request_bytes: 400
  waiting_requests, ///< nats.max-pending or max_waiting_bytes: 503
  admin_requests,   ///< max_admin_requests: 503; of other instances dropped
  parked_bytes,     ///< max_offloaded_bytes: 503
  http_bytes,       ///< max_http_bytes: cut off; max_http_body_bytes: 413
  http_connections  ///< max_http_connections: the oldest is cut off; max_listeners: 503
};
inline constexpr std::size_t limit_count = 7;

/// The label in `/metrics`, which outlives the names here.
constexpr std::string_view to_string(limit x) noexcept {
  constexpr std::array<std::string_view, limit_count> names{
      "nesting",      "request_bytes", "waiting_requests", "desk_requests",
      "parked_bytes", "http_bytes",    "http_connections"};
  return names[static_cast<std::size_t>(x)];
}

} // namespace hawkeye
