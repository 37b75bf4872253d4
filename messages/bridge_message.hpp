// What goes to a bridge and comes back: the envelope around every body.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <simdjson.h>

#include "messages/fallible.hpp"

namespace hawkeye {

/// Bytes from outside, with the padding that simdjson reads past the end; shared and never changed.
/// A class of its own, because simdjson's templated to_string would be found by every library that
/// prints what it carries.
class payload {
public:
  explicit payload(std::string_view bytes) : bytes_{bytes} {}
  explicit payload(simdjson::padded_string bytes) noexcept : bytes_{std::move(bytes)} {}
  const char* data() const noexcept {
    return bytes_.data();
  }
  std::size_t size() const noexcept {
    return bytes_.size();
  }
  std::string_view view() const noexcept {
    return {bytes_.data(), bytes_.size()};
  }

private:
  simdjson::padded_string bytes_;
};

using payload_ptr = std::shared_ptr<const payload>;

payload_ptr make_payload(std::string_view bytes);

/// A part of a payload that keeps the whole alive, so that it can be parsed without a copy. Valid
/// JSON: the reply was checked as a whole.
struct json_slice {
  payload_ptr owner;
  std::string_view text; ///< within *owner: at least SIMDJSON_PADDING readable bytes follow
};

/// `{"request_id":"<id>","body":<body>}`; `body` is JSON already.
std::string bridge_request(std::string_view request_id, std::string_view body);

/// A token as others write it: letters, digits and `-`, 20 to 40 of them. Anything else is never
/// followed.
bool is_token(std::string_view text) noexcept;

/// The reply stands in Redis under this key.
struct stored_elsewhere {
  std::string token;
};

/// A bridge's reply of any kind: the body of a 2xx, or the token under which the reply is stored. A
/// status that is missing, null, no integer or not 2xx is a failure that names it (and at most 200
/// characters of the body); so are garbage and a token of the wrong form.
struct bridge_failure : failure {
  std::string status; ///< for metrics: the status as a number, or `null`, `garbage`, `bad_token`
};
using bridge_reply = std::variant<json_slice, stored_elsewhere, bridge_failure>;
bridge_reply read_bridge_reply(const payload_ptr& payload);

} // namespace hawkeye
