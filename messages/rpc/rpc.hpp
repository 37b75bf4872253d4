// Reads RPC requests and writes their replies. README.md has the table of requests and replies.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "messages/base/limits.hpp"
#include "messages/base/timestamp.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// A valid request. `request_id` is the raw JSON slice of the request ("null" if there was none).
struct rpc_request {
  std::string_view request_id = "null";
  std::optional<timestamp> filter;
};

/// A request that is answered with 400. The sentence says what is wrong and what is expected, and
/// quotes at most 200 characters of the input.
struct rpc_refusal {
  std::string_view request_id = "null"; ///< echoed if it could be read
  std::string sentence;
  std::optional<limit> over{}; ///< the exceeded limit, if that is the reason
};

inline tl::unexpected<rpc_refusal> refuse(rpc_refusal why) {
  return tl::unexpected<rpc_refusal>{std::move(why)};
}

/// Reads a request; the bytes are not trusted. One strict pass, without allocation for a valid
/// request. The views point into `bytes`. A repeated "request_id", "body" or "last_contact_filter"
/// in one object is rejected as ambiguous.
tl::expected<rpc_request, rpc_refusal> read_rpc_request(std::string_view bytes);

/// The envelope of every request on the service's subjects: id and raw body object.
/// `read_rpc_request` uses it.
struct rpc_envelope {
  std::string_view request_id = "null";
  std::string_view body; ///< a JSON object, raw
};
tl::expected<rpc_envelope, rpc_refusal> read_rpc_envelope(std::string_view bytes);

inline constexpr std::string_view no_devices_sentence =
    "No devices were found for the specified filters";
inline constexpr std::string_view still_building_sentence = "Cache is still being built";
inline constexpr std::string_view overloaded_sentence = "Service is overloaded, try again later";

/// `{"request_id":X,"body":"<sentence>","status":S}`
std::string sentence_reply(std::string_view request_id, std::string_view sentence, int status);

/// `{"request_id":X,"is_stored":true,"token":"<token>"}`
std::string token_reply(std::string_view request_id, std::string_view token);

/// The payload that is offloaded under a token: `{"body":[...],"status":200}`.
std::string offloaded_reply(const snapshot& from, std::size_t count);

/// The size in bytes of the 200 reply with the first `count` devices.
std::size_t device_reply_size(std::string_view request_id, const snapshot& from,
                              std::size_t count) noexcept;

/// Writes 200 replies into a buffer that is reused between requests.
class reply_writer {
public:
  /// `{"request_id":X,"body":[...],"status":200}` with the first `count` devices. Valid until the
  /// next call.
  std::string_view write(std::string_view request_id, const snapshot& from, std::size_t count);

private:
  std::string buffer_;
};

} // namespace hawkeye
