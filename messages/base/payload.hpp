// Bytes from outside, and parts of them that are handed on as they are. Shared between actors by
// pointer and never changed.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <simdjson.h>

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

inline payload_ptr make_payload(std::string_view bytes) {
  return std::make_shared<const payload>(bytes);
}

/// A part of a payload that keeps the whole alive, so that it can be parsed without a copy. Valid
/// JSON: the reply was checked as a whole.
struct json_slice {
  payload_ptr owner;
  std::string_view text; ///< within *owner: at least SIMDJSON_PADDING readable bytes follow
};

} // namespace hawkeye
