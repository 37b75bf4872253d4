// Writes JSON step by step and inserts commas and escapes. raw() inserts text that is already JSON.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "messages/base/json.hpp"

namespace hawkeye {

class json_writer {
public:
  json_writer() {
    text_.reserve(usual_size);
  }

  json_writer& begin_object() {
    return open('{');
  }
  json_writer& end_object() {
    return close('}');
  }
  json_writer& begin_array() {
    return open('[');
  }
  json_writer& end_array() {
    return close(']');
  }

  json_writer& key(std::string_view name) {
    separate();
    append_json_string(text_, name);
    text_ += ':';
    needs_comma_ = false;
    return *this;
  }

  /// `json` is one valid value, or the beginning of one that the next calls complete.
  json_writer& raw(std::string_view json) {
    separate();
    text_ += json;
    return *this;
  }
  json_writer& null() {
    return raw("null");
  }
  json_writer& value(std::string_view x) {
    separate();
    append_json_string(text_, x);
    return *this;
  }
  json_writer& value(const char* x) { // without this overload it would convert to bool
    return value(std::string_view{x});
  }
  json_writer& value(bool x) {
    return raw(x ? "true" : "false");
  }
  template <std::integral T>
  json_writer& value(T x) {
    return raw(std::to_string(x));
  }
  /// Writes null for an empty optional.
  template <class T>
  json_writer& value(const std::optional<T>& x) {
    return x ? value(*x) : null();
  }

  template <class T>
  json_writer& member(std::string_view name, const T& x) {
    return key(name).value(x);
  }
  /// Writes null for an empty text.
  json_writer& text_or_null(std::string_view name, std::string_view x) {
    key(name);
    return x.empty() ? null() : value(x);
  }

  std::string_view text() const noexcept {
    return text_;
  }
  std::string take() {
    return std::move(text_);
  }

private:
  /// Most texts are shorter, so that their memory is allocated once.
  static constexpr std::size_t usual_size = 400;

  void separate() {
    if (needs_comma_)
      text_ += ',';
    needs_comma_ = true;
  }
  json_writer& open(char bracket) {
    separate();
    text_ += bracket;
    needs_comma_ = false;
    return *this;
  }
  json_writer& close(char bracket) {
    text_ += bracket;
    needs_comma_ = true;
    return *this;
  }

  std::string text_;
  bool needs_comma_ = false; ///< before the next value
};

} // namespace hawkeye
