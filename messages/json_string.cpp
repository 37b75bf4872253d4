// JSON strings read and written, and foreign text made safe to show. The other half of
// json_text.hpp.
#include "messages/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include <simdjson.h>

namespace hawkeye {

namespace {

constexpr std::size_t npos = std::string_view::npos;

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
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

/// `\uXXXX` at `pos` (of the u), perhaps with its second half; moves `pos` to its last byte.
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

/// The code point that begins at `pos`, and how many bytes it takes; invalid: U+FFFD and one byte.
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
  switch (c) {
  case '"':
    out += "\\\"";
    break;
  case '\\':
    out += "\\\\";
    break;
  case '\n':
    out += "\\n";
    break;
  case '\r':
    out += "\\r";
    break;
  case '\t':
    out += "\\t";
    break;
  default:
    append_hex_escape(out, static_cast<unsigned char>(c));
  }
}

/// Characters that change how a terminal or a page shows what follows: C0, DEL, C1, marks of
/// direction, line separators, BOM.
constexpr bool is_control(std::uint32_t code) noexcept {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200B && code <= 0x200F)
         || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069)
         || code == 0xFEFF || code == 0x061C;
}

/// With U+FFFD for each byte that is no UTF-8.
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
  if (!simdjson::validate_utf8(text.data(), text.size()))
    return append_json_string(out, made_valid(text));
  out += '"';
  for (std::size_t pos = 0; pos < text.size(); ++pos) {
    const auto special = skip_plain(text, pos);
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
