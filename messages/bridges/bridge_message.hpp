// What goes to a bridge and comes back: the envelope around every body.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "messages/base/payload.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

/// `{"request_id":"<id>","body":<body>}`; `body` is JSON already.
std::string bridge_request(std::string_view request_id, std::string_view body);

/// A token as others write it: letters, digits and `-`, 20 to 40 of them. Anything else is never
/// followed.
bool is_token(std::string_view text) noexcept;

/// Whether this is no bridge's reply, but the acknowledgement of a JetStream stream that covers the
/// bridge's subject: `{"stream":"S","seq":7}` or `{"error":{...,"err_code":10077,...}}`. The stream
/// sends it beside the bridge's reply, usually before it.
bool is_stream_acknowledgement(std::string_view reply);

/// The reply stands in Redis under this key.
struct stored_elsewhere {
  std::string token;
};

/// A bridge's reply of any kind: the body of a 2xx, or the token under which the reply is stored. A
/// status that is missing, null, no integer or not 2xx is a failure that names it (and at most 200
/// characters of what came); so are garbage and a token of the wrong form.
struct bridge_failure : failure {
  std::string status; ///< for metrics: the status as a number, or `null`, `garbage`, `bad_token`
};
using bridge_reply = std::variant<json_slice, stored_elsewhere, bridge_failure>;
bridge_reply read_bridge_reply(const payload_ptr& payload);

} // namespace hawkeye
