// External bytes and slices of them that are passed through unchanged. Immutable, shared between
// actors by pointer.
#pragma once

#include <memory>
#include <string_view>

#include <simdjson.h>

namespace hawkeye {

/// External bytes with the padding that simdjson reads past the end. A wrapper class, because any
/// library that prints its values would otherwise find simdjson's templated to_string.
class payload {
public:
  explicit payload(std::string_view bytes) : bytes_{bytes} {}
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

/// A slice of a payload that keeps the payload alive, so that it can be parsed without a copy. It
/// is valid JSON, because the reply was validated as a whole.
struct json_slice {
  payload_ptr owner;
  std::string_view text; ///< within *owner: at least SIMDJSON_PADDING readable bytes follow
};

} // namespace hawkeye
