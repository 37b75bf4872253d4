// The RPC: from request bytes to reply bytes. README.md has the table of requests and replies.
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

/// A request understood. `request_id` is the raw JSON slice of the request ("null" where there was
/// none).
struct rpc_request {
  std::string_view request_id = "null";
  std::optional<timestamp> filter;
};

/// A request that gets a 400. The sentence says what is wrong and what would be right, in at most
/// 200 characters of the input.
struct rpc_refusal {
  std::string_view request_id = "null"; ///< echoed wherever it could be read
  std::string sentence;
  std::optional<limit> over{}; ///< the limit that was crossed, where that is why
};

inline tl::unexpected<rpc_refusal> refuse(rpc_refusal why) {
  return tl::unexpected<rpc_refusal>{std::move(why)};
}

/// Reads request bytes of any kind: one strict pass, no allocation for a good request. The views
/// point into `bytes`. "request_id", "body" or "last_contact_filter" twice in one object is
/// refused: nothing is guessed.
tl::expected<rpc_request, rpc_refusal> read_rpc_request(std::string_view bytes);

/// The envelope of every request on our subjects: id and raw body object. `read_rpc_request` is
/// built on it.
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

/// What is offloaded under a token: `{"body":[...],"status":200}`.
std::string offloaded_reply(const snapshot& from, std::size_t count);

/// Bytes of the 200 reply with the first `count` devices.
std::size_t device_reply_size(std::string_view request_id, const snapshot& from,
                              std::size_t count) noexcept;

/// Writes 200 replies into one buffer that is kept between requests.
class reply_writer {
public:
  /// `{"request_id":X,"body":[...],"status":200}` with the first `count` devices. Valid until the
  /// next call.
  std::string_view write(std::string_view request_id, const snapshot& from, std::size_t count);

private:
  std::string buffer_;
};

} // namespace hawkeye
