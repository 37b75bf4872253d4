// A strict JSON scanner (RFC 8259) without recursion, and the writing of strings.
#include "messages/json_text.hpp"

#include <algorithm>
#include <bit>
#include <bitset>

#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include <simdjson.h>

namespace hawkeye {

namespace {

constexpr std::size_t npos = std::string_view::npos;

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

/// Many bytes at a time: most of what we read stands between quotes.
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

/// Each function takes the offset of a token's first byte and returns the offset behind it, or
/// npos.
std::size_t skip_string(std::string_view text, std::size_t pos) noexcept {
  for (++pos; (pos = plain_end(text, pos)) < text.size(); ++pos) {
    if (text[pos] == '"')
      return pos + 1;
    if (text[pos] != '\\' || ++pos == text.size())
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
  walker(std::string_view text, std::size_t most) : text_{text}, most_{most} {}

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
    if (depth_ == most_)
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
  std::size_t most_; ///< containers open at once
  std::size_t depth_ = 0;
  std::bitset<max_json_depth> is_object_;
};

} // namespace

std::size_t skip_plain(std::string_view text, std::size_t pos) noexcept {
  return plain_end(text, pos);
}

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

} // namespace hawkeye
