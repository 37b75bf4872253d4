// A strict JSON scanner (RFC 8259) without recursion, and the writing of strings.
#include "messages/base/json.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <charconv>
#include <cstdint>
#include <utility>

#include <emmintrin.h>
#include <simdjson.h>

namespace hawkeye {

namespace {

constexpr std::size_t npos = std::string_view::npos;

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// The offset of the first byte at or after `pos` that must be escaped in a string literal: a
/// quote, a backslash or a control character. Compares 16 bytes at a time where SSE2 is available,
/// because most of the input is inside string literals.
inline std::size_t plain_end(std::string_view text, std::size_t pos) noexcept {
#ifdef __SSE2__
  const auto all = [](char c) {
    return _mm_set1_epi8(c);
  };
  for (; pos + 16 <= text.size(); pos += 16) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + pos));
    const auto control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, all(0x1F)), bytes);
    const auto special = _mm_or_si128(
        control, _mm_or_si128(_mm_cmpeq_epi8(bytes, all('"')), _mm_cmpeq_epi8(bytes, all('\\'))));
    if (const auto found = static_cast<unsigned>(_mm_movemask_epi8(special)); found != 0)
      return pos + static_cast<std::size_t>(std::countr_zero(found));
  }
#endif
  while (pos < text.size() && text[pos] != '"' && text[pos] != '\\'
         && static_cast<unsigned char>(text[pos]) >= 0x20)
    ++pos;
  return pos;
}

/// Each skip function takes the offset of a token's first byte and returns the offset after the
/// token, or npos if it is invalid.
std::size_t skip_string(std::string_view text, std::size_t pos) noexcept {
  for (++pos; (pos = plain_end(text, pos)) < text.size(); ++pos) {
    if (text[pos] == '"')
      return pos + 1;
    if (text[pos] != '\\' || ++pos == text.size())
      return npos;
    if (text[pos] == 'u') {
      for (int i = 0; i < 4; ++i)
        if (++pos >= text.size() || !is_hex_digit(text[pos]))
          return npos;
    } else if (std::string_view{"\"\\/bfnrt"}.find(text[pos]) == npos) {
      return npos;
    }
  }
  return npos;
}

std::size_t skip_digits(std::string_view text, std::size_t pos) noexcept {
  const auto begin = pos;
  while (pos < text.size() && is_digit(text[pos]))
    ++pos;
  return pos == begin ? npos : pos;
}

std::size_t skip_number(std::string_view text, std::size_t pos) noexcept {
  if (text[pos] == '-')
    ++pos;
  if (pos < text.size() && text[pos] == '0')
    ++pos;
  else if ((pos = skip_digits(text, pos)) == npos)
    return npos;
  if (pos < text.size() && text[pos] == '.' && (pos = skip_digits(text, pos + 1)) == npos)
    return npos;
  if (pos < text.size() && (text[pos] == 'e' || text[pos] == 'E')) {
    ++pos;
    if (pos < text.size() && (text[pos] == '+' || text[pos] == '-'))
      ++pos;
    pos = skip_digits(text, pos);
  }
  return pos;
}

std::size_t skip_word(std::string_view text, std::size_t pos, std::string_view word) noexcept {
  return text.substr(pos, word.size()) == word ? pos + word.size() : npos;
}

/// Skips a string, a number, true, false or null. The caller handles containers.
std::size_t skip_scalar(std::string_view text, std::size_t pos) noexcept {
  switch (text[pos]) {
  case '"':
    return skip_string(text, pos);
  case 't':
    return skip_word(text, pos, "true");
  case 'f':
    return skip_word(text, pos, "false");
  case 'n':
    return skip_word(text, pos, "null");
  default:
    return text[pos] == '-' || is_digit(text[pos]) ? skip_number(text, pos) : npos;
  }
}

/// Skips a key, its colon and the white space after it.
std::size_t skip_key(std::string_view text, std::size_t pos) noexcept {
  if (pos >= text.size() || text[pos] != '"' || (pos = skip_string(text, pos)) == npos)
    return npos;
  pos = skip_json_space(text, pos);
  if (pos >= text.size() || text[pos] != ':')
    return npos;
  return skip_json_space(text, pos + 1);
}

/// Walks over one value without recursion. For each open container it stores one bit: object or
/// array.
class walker {
public:
  walker(std::string_view text, std::size_t most) : text_{text}, most_{most} {}

  std::size_t walk(std::size_t pos) noexcept {
    do {
      pos = step(pos);
    } while (pos != npos && depth_ > 0);
    return pos;
  }

private:
  /// A value begins at `pos`. Opens the container or skips the scalar; closes the containers that
  /// end after it.
  std::size_t step(std::size_t pos) noexcept {
    if (pos >= text_.size())
      return npos;
    const char c = text_[pos];
    if (c == '{' || c == '[')
      return open(pos);
    pos = skip_scalar(text_, pos);
    return pos == npos ? npos : after_value(pos);
  }

  std::size_t open(std::size_t pos) noexcept {
    if (depth_ == most_)
      return npos;
    const bool object = text_[pos] == '{';
    is_object_[depth_++] = object;
    pos = skip_json_space(text_, pos + 1);
    if (pos < text_.size() && text_[pos] == (object ? '}' : ']')) {
      --depth_;
      return after_value(pos + 1);
    }
    return object ? skip_key(text_, pos) : pos;
  }

  std::size_t after_value(std::size_t pos) noexcept {
    while (depth_ > 0) {
      pos = skip_json_space(text_, pos);
      if (pos >= text_.size())
        return npos;
      const bool object = is_object_[depth_ - 1];
      if (text_[pos] == ',') {
        pos = skip_json_space(text_, pos + 1);
        return object ? skip_key(text_, pos) : pos;
      }
      if (text_[pos] != (object ? '}' : ']'))
        return npos;
      --depth_;
      ++pos;
    }
    return pos;
  }

  std::string_view text_;
  std::size_t most_; ///< limit on containers open at the same time
  std::size_t depth_ = 0;
  std::bitset<max_json_depth> is_object_;
};

} // namespace

std::optional<std::size_t> skip_json_string(std::string_view text, std::size_t pos) noexcept {
  if (pos >= text.size() || text[pos] != '"')
    return {};
  const auto end = skip_string(text, pos);
  return end == npos ? std::nullopt : std::optional{end};
}

std::optional<std::size_t> skip_json_value(std::string_view text, std::size_t pos,
                                           std::size_t around) noexcept {
  pos = skip_json_space(text, pos);
  if (pos >= text.size())
    return {};
  const bool container = text[pos] == '{' || text[pos] == '[';
  const auto most = max_json_depth - std::min(around, max_json_depth);
  const auto end = container ? walker{text, most}.walk(pos) : skip_scalar(text, pos);
  if (end == npos)
    return {};
  return end;
}

bool is_valid_json(std::string_view text) noexcept {
  const auto end = skip_json_value(text, 0);
  return end && skip_json_space(text, *end) == text.size()
         && simdjson::validate_utf8(text.data(), text.size());
}

// -- Reading and writing of JSON strings; escaping of untrusted text for display.

namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  constexpr std::array<unsigned, 4> lead_bits{0, 0xC0, 0xE0, 0xF0};
  const std::size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  out += static_cast<char>(lead_bits[more] | (code >> (6 * more)));
  for (auto i = more; i > 0; --i)
    out += static_cast<char>(0x80 | ((code >> (6 * (i - 1))) & 0x3F));
}

constexpr std::uint32_t replacement = 0xFFFD;

std::uint32_t four_hex(std::string_view text, std::size_t pos) noexcept {
  std::uint32_t code = 0;
  std::from_chars(text.data() + pos, text.data() + pos + 4, code, 16);
  return code;
}

constexpr bool is_high(std::uint32_t code) noexcept {
  return code >= 0xD800 && code < 0xDC00;
}

constexpr bool is_low(std::uint32_t code) noexcept {
  return code >= 0xDC00 && code < 0xE000;
}

/// Decodes `\uXXXX`, or a surrogate pair of two such escapes. `pos` is the offset of the first `u`
/// and is moved to the last byte of the escape. A lone surrogate becomes U+FFFD.
std::uint32_t read_escape(std::string_view text, std::size_t& pos) noexcept {
  const auto first = four_hex(text, pos + 1);
  pos += 4;
  if (is_high(first) && text.substr(pos + 1, 2) == "\\u") {
    const auto second = four_hex(text, pos + 3);
    if (is_low(second)) {
      pos += 6;
      return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    }
  }
  return is_high(first) || is_low(first) ? replacement : first;
}

/// The code point that begins at `pos` and its length in bytes; for invalid UTF-8 U+FFFD and 1.
std::pair<std::uint32_t, std::size_t> decode(std::string_view text, std::size_t pos) noexcept {
  const auto lead = static_cast<unsigned char>(text[pos]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (pos + size > text.size() || !simdjson::validate_utf8(text.data() + pos, size))
    return {replacement, 1};
  std::uint32_t code = size == 1 ? lead : lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i)
    code = (code << 6) | (static_cast<unsigned char>(text[pos + i]) & 0x3F);
  return {code, size};
}

void append_hex_escape(std::string& out, std::uint32_t code) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += digits[(code >> shift) & 15];
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view meant = "\"\\\n\r\t", names = "\"\\nrt";
  if (const auto which = meant.find(c); which != npos)
    (out += '\\') += names[which];
  else
    append_hex_escape(out, static_cast<unsigned char>(c));
}

/// Characters that can change how a terminal or a browser displays the text after them: C0, DEL,
/// C1, directional marks, line separators, BOM.
constexpr bool is_control(std::uint32_t code) noexcept {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200B && code <= 0x200F)
         || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069)
         || code == 0xFEFF || code == 0x061C;
}

/// Replaces each invalid byte by U+FFFD.
std::string made_valid(std::string_view text) {
  std::string result;
  for (std::size_t pos = 0; pos < text.size();) {
    const auto [code, size] = decode(text, pos);
    append_utf8(result, code);
    pos += size;
  }
  return result;
}

} // namespace

std::optional<std::string> unescape_json_string(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != '"' || skip_json_value(literal, 0) != literal.size())
    return {};
  std::string result;
  result.reserve(literal.size());
  for (std::size_t pos = 1; pos + 1 < literal.size(); ++pos) {
    const auto escape = std::min(literal.find('\\', pos), literal.size() - 1);
    result += literal.substr(pos, escape - pos);
    pos = escape;
    if (pos + 1 == literal.size())
      break;
    constexpr std::string_view names = "bfnrt", meant = "\b\f\n\r\t";
    const char c = literal[++pos];
    if (c == 'u')
      append_utf8(result, read_escape(literal, pos));
    else if (const auto which = names.find(c); which != npos)
      result += meant[which];
    else
      result += c;
  }
  return result;
}

bool json_string_means(std::string_view literal, std::string_view text) {
  if (literal.size() == text.size() + 2 && literal.substr(1, text.size()) == text)
    return true;
  return literal.find('\\') != npos && unescape_json_string(literal) == text;
}

void append_json_string(std::string& out, std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
  if (!ascii && !simdjson::validate_utf8(text.data(), text.size()))
    return append_json_string(out, made_valid(text));
  out += '"';
  for (std::size_t pos = 0; pos < text.size(); ++pos) {
    const auto special = plain_end(text, pos);
    out += text.substr(pos, special - pos);
    pos = special;
    if (pos < text.size())
      append_escaped(out, text[pos]);
  }
  out += '"';
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string result;
  std::size_t characters = 0;
  for (std::size_t pos = 0; pos < text.size(); ++characters) {
    if (characters == limit)
      return result += "…";
    const auto [code, size] = decode(text, pos);
    if (is_control(code))
      append_hex_escape(result, code);
    else
      append_utf8(result, code);
    pos += size;
  }
  return result;
}

} // namespace hawkeye
