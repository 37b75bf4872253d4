// JSON as text: a strict scanner for slices that we hand on unchanged, and the writer of strings.
// simdjson On-Demand reads quickly but does not validate what it skips; whatever we echo (a request
// id, a client's fields) must be valid JSON, or our reply would not be.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hawkeye {

/// Deeper nesting is refused, wherever it stands (RFC 8259, section 9, allows a limit).
inline constexpr std::size_t max_json_depth = 512;

/// The offset behind the one JSON value that starts at `pos` (white space before it allowed), or
/// nothing where there is no valid value by RFC 8259. Iterative: depth costs no stack. `around` it
/// so many containers are open, which count for the depth. Does not check UTF-8: see
/// `is_valid_json`.
std::optional<std::size_t> skip_json_value(std::string_view text, std::size_t pos,
                                           std::size_t around = 0) noexcept;

/// The offset behind the string literal whose first quote stands at `pos`, or nothing.
std::optional<std::size_t> skip_json_string(std::string_view text, std::size_t pos) noexcept;

/// The offset of the first byte at or after `pos` that is no JSON white space.
inline std::size_t skip_json_space(std::string_view text, std::size_t pos) noexcept {
  while (pos < text.size()
         && (text[pos] == ' ' || text[pos] == '\n' || text[pos] == '\r' || text[pos] == '\t'))
    ++pos;
  return pos;
}

/// Calls `f(key, value)` for each member of the object that `text` begins with, both raw, the key
/// with its quotes: one pass, checked as by `skip_json_value`. The offset behind the object;
/// nothing where it is no valid one: what was read before the mistake was handed out.
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

/// Likewise for the elements of the array that `text` begins with. `take(rest)` reads the element
/// that `rest` begins with, one container being open around it: the offset behind it, or nothing to
/// end the walk.
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

/// The offset of the first byte at or after `pos` that cannot stand in a string as it is: a quote,
/// a backslash or a control character.
std::size_t skip_plain(std::string_view text, std::size_t pos) noexcept;

/// Whether the whole text is one valid JSON value in valid UTF-8, and nothing else.
bool is_valid_json(std::string_view text) noexcept;

/// The text of a JSON string literal (with its quotes) with escapes resolved; nothing where it is
/// not one. A lone surrogate becomes U+FFFD.
std::optional<std::string> unescape_json_string(std::string_view literal);

/// Whether a string literal means `text`. Most names in JSON are written plainly, and quickly read.
bool json_string_means(std::string_view literal, std::string_view text);

/// Appends `text` as a JSON string literal. Invalid UTF-8 becomes U+FFFD, so that the result is
/// always valid.
void append_json_string(std::string& out, std::string_view text);

/// The text made safe for one log line or an error reply: control characters, escapes and invalid
/// UTF-8 escaped, at most `limit` characters, with an ellipsis where it was cut.
std::string printable(std::string_view text, std::size_t limit = 200);

} // namespace hawkeye
