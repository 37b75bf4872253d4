// A strict JSON scanner (RFC 8259) without recursion, and the writing of strings.
#include "messages/json_text.hpp"

#include <array>
#include <bitset>
#include <cstdint>

#include <simdjson.h>

namespace hawkeye {

namespace {

constexpr std::size_t npos = std::string_view::npos;

constexpr bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr int hex_value(char c) noexcept {
  if (is_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/// Each function takes the offset of a token's first byte and returns the offset behind it, or
/// npos.
std::size_t skip_string(std::string_view text, std::size_t pos) noexcept {
  for (++pos; pos < text.size(); ++pos) {
    const char c = text[pos];
    if (c == '"')
      return pos + 1;
    if (static_cast<unsigned char>(c) < 0x20)
      return npos;
    if (c != '\\')
      continue;
    if (++pos == text.size())
      return npos;
    if (text[pos] == 'u') {
      for (int i = 0; i < 4; ++i)
        if (++pos >= text.size() || hex_value(text[pos]) < 0)
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

/// A string, number or word; containers are the caller's.
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

/// A key, its colon and the space behind.
std::size_t skip_key(std::string_view text, std::size_t pos) noexcept {
  if (pos >= text.size() || text[pos] != '"' || (pos = skip_string(text, pos)) == npos)
    return npos;
  pos = skip_json_space(text, pos);
  if (pos >= text.size() || text[pos] != ':')
    return npos;
  return skip_json_space(text, pos + 1);
}

/// Walks one value; remembers of each open container only whether it is an object.
class walker {
public:
  explicit walker(std::string_view text) : text_{text} {}

  std::size_t walk(std::size_t pos) noexcept {
    do {
      pos = step(pos);
    } while (pos != npos && depth_ > 0);
    return pos;
  }

private:
  /// One value begins at `pos` (or one container was just opened): goes on behind it, closing what
  /// ends there.
  std::size_t step(std::size_t pos) noexcept {
    if (pos >= text_.size())
      return npos;
    const char c = text_[pos];
    if (c == '{' || c == '[')
      return open(pos);
    pos = skip_scalar(text_, pos);
    return pos == npos ? npos : behind_value(pos);
  }

  std::size_t open(std::size_t pos) noexcept {
    if (depth_ == max_json_depth)
      return npos;
    const bool object = text_[pos] == '{';
    is_object_[depth_++] = object;
    pos = skip_json_space(text_, pos + 1);
    if (pos < text_.size() && text_[pos] == (object ? '}' : ']')) {
      --depth_;
      return behind_value(pos + 1);
    }
    return object ? skip_key(text_, pos) : pos;
  }

  std::size_t behind_value(std::size_t pos) noexcept {
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
  std::size_t depth_ = 0;
  std::bitset<max_json_depth> is_object_;
};

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
  for (std::size_t i = 0; i < 4; ++i)
    code = code * 16 + static_cast<std::uint32_t>(hex_value(text[pos + i]));
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

} // namespace

std::size_t skip_json_space(std::string_view text, std::size_t pos) noexcept {
  while (pos < text.size() && is_space(text[pos]))
    ++pos;
  return pos;
}

std::optional<std::size_t> skip_json_value(std::string_view text, std::size_t pos) noexcept {
  const auto end = walker{text}.walk(skip_json_space(text, pos));
  if (end == npos)
    return {};
  return end;
}

bool is_valid_json(std::string_view text) noexcept {
  const auto end = skip_json_value(text, 0);
  return end && skip_json_space(text, *end) == text.size()
         && simdjson::validate_utf8(text.data(), text.size());
}

std::optional<std::string> unescape_json_string(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != '"' || skip_string(literal, 0) != literal.size())
    return {};
  std::string result;
  result.reserve(literal.size());
  for (std::size_t pos = 1; pos + 1 < literal.size(); ++pos) {
    if (literal[pos] != '\\') {
      result += literal[pos];
      continue;
    }
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

void append_json_string(std::string& out, std::string_view text) {
  const bool valid = simdjson::validate_utf8(text.data(), text.size());
  out += '"';
  for (std::size_t pos = 0; pos < text.size();) {
    const char c = text[pos];
    if (static_cast<unsigned char>(c) >= 0x80 && !valid) {
      const auto [code, size] = decode(text, pos);
      append_utf8(out, code);
      pos += size;
      continue;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\')
      append_escaped(out, c);
    else
      out += c;
    ++pos;
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
