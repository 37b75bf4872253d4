// JSON as text: a strict scanner for slices that are passed through unchanged, and functions that
// read and write string literals. simdjson On-Demand is fast but does not validate the parts it
// skips. Everything that is echoed (a request id, a client's fields) must be valid JSON; otherwise
// the reply would be invalid.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hawkeye {

/// Deeper nesting is rejected everywhere (RFC 8259, section 9, allows a limit).
inline constexpr std::size_t max_json_depth = 512;

/// The offset after the JSON value that starts at `pos` (white space before it is allowed); nothing
/// if there is no valid value by RFC 8259. Iterative: nesting uses no stack. `around` is the number
/// of containers already open around the value; they count towards max_json_depth. Does not check
/// UTF-8: see `is_valid_json`.
std::optional<std::size_t> skip_json_value(std::string_view text, std::size_t pos,
                                           std::size_t around = 0) noexcept;

/// The offset after the string literal whose opening quote is at `pos`; nothing if it is invalid.
std::optional<std::size_t> skip_json_string(std::string_view text, std::size_t pos) noexcept;

/// The offset of the first byte at or after `pos` that is not JSON white space.
inline std::size_t skip_json_space(std::string_view text, std::size_t pos) noexcept {
  while (pos < text.size()
         && (text[pos] == ' ' || text[pos] == '\n' || text[pos] == '\r' || text[pos] == '\t'))
    ++pos;
  return pos;
}

/// Calls `f(key, value)` for each member of the object at the start of `text`. Both are raw; the
/// key includes its quotes. One pass, with the checks of `skip_json_value`. Returns the offset
/// after the object; nothing if it is invalid, in which case `f` was still called for the members
/// before the error.
template <class Function>
std::optional<std::size_t> for_each_json_member(std::string_view text, Function&& f,
                                                std::size_t around = 0) {
  auto pos = skip_json_space(text, 0);
  if (pos >= text.size() || text[pos] != '{')
    return {};
  pos = skip_json_space(text, pos + 1);
  if (pos < text.size() && text[pos] == '}')
    return pos + 1;
  for (;; pos = skip_json_space(text, pos + 1)) {
    const auto key_end = skip_json_string(text, pos);
    const auto colon = key_end ? skip_json_space(text, *key_end) : text.size();
    if (colon >= text.size() || text[colon] != ':')
      return {};
    const auto begin = skip_json_space(text, colon + 1);
    const auto end = skip_json_value(text, begin, around + 1);
    if (!end)
      return {};
    f(text.substr(pos, *key_end - pos), text.substr(begin, *end - begin));
    pos = skip_json_space(text, *end);
    if (pos >= text.size() || text[pos] != ',')
      return pos < text.size() && text[pos] == '}' ? std::optional{pos + 1} : std::nullopt;
  }
}

/// The same for the elements of the array at the start of `text`. `take(rest)` reads the element at
/// the start of `rest` (one container is open around it) and returns the offset after it, or
/// nothing to stop.
template <class Function>
std::optional<std::size_t> for_each_json_element(std::string_view text, Function&& take) {
  auto pos = skip_json_space(text, 0);
  if (pos >= text.size() || text[pos] != '[')
    return {};
  pos = skip_json_space(text, pos + 1);
  if (pos < text.size() && text[pos] == ']')
    return pos + 1;
  for (; pos < text.size(); pos = skip_json_space(text, pos + 1)) {
    const std::optional<std::size_t> size = take(text.substr(pos));
    if (!size)
      return {};
    pos = skip_json_space(text, pos + *size);
    if (pos >= text.size() || text[pos] != ',')
      return pos < text.size() && text[pos] == ']' ? std::optional{pos + 1} : std::nullopt;
  }
  return {};
}

/// True if the whole text is exactly one valid JSON value in valid UTF-8.
bool is_valid_json(std::string_view text) noexcept;

/// Decodes a JSON string literal (including its quotes); nothing if it is not a valid literal. A
/// lone surrogate becomes U+FFFD.
std::optional<std::string> unescape_json_string(std::string_view literal);

/// True if the decoded string literal equals `text`. Literals without escapes, the usual case, are
/// compared without decoding.
bool json_string_means(std::string_view literal, std::string_view text);

/// Appends `text` as a JSON string literal. Invalid UTF-8 becomes U+FFFD, so that the result is
/// always valid.
void append_json_string(std::string& out, std::string_view text);

/// Makes text safe for one log line or an error reply: control characters are escaped, invalid
/// UTF-8 becomes U+FFFD, and text longer than `limit` characters is cut and ends in an ellipsis.
std::string printable(std::string_view text, std::size_t limit = 200);

} // namespace hawkeye
