// Requests to a bridge and its replies: the envelope around every body.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "messages/base/payload.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

/// `{"request_id":"<id>","body":<body>}`; `body` is JSON already.
std::string bridge_request(std::string_view request_id, std::string_view body);

/// True for the form of token that other services write: 20 to 40 letters, digits and `-`. A token
/// of any other form is never looked up.
bool is_token(std::string_view text) noexcept;

/// True if this is not a bridge's reply but the acknowledgement of a JetStream stream that covers
/// the bridge's subject: `{"stream":"S","seq":7}` or `{"error":{...,"err_code":10077,...}}`. The
/// stream sends it in addition to the bridge's reply, usually before it.
bool is_stream_acknowledgement(std::string_view reply);

/// The reply is stored in Redis under this key.
struct stored_elsewhere {
  std::string token;
};

/// Reads a bridge's reply: the body of a 2xx, or the token under which the reply is stored. A
/// status that is missing, null, not an integer or not 2xx is a failure that names the status and
/// at most 200 characters of the reply. Invalid JSON and a token of the wrong form are failures,
/// too.
struct bridge_failure : failure {
  std::string status; ///< for metrics: the status as a number, or `null`, `garbage`, `bad_token`
};
using bridge_reply = std::variant<json_slice, stored_elsewhere, bridge_failure>;
bridge_reply read_bridge_reply(const payload_ptr& payload);

} // namespace hawkeye
