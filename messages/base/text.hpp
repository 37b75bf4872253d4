// Small functions that read and write text: whole numbers, `host:port`, percent escapes, lists,
// suggestions for mistyped names, tables for a terminal.
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace hawkeye {

/// Parses a decimal number; nothing if `text` is anything else or the number does not fit T.
template <std::integral T>
std::optional<T> whole_number(std::string_view text) {
  T result{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (problem != std::errc{} || end != text.data() + text.size())
    return {};
  return result;
}

/// True for ASCII letters and digits, whatever the locale.
constexpr bool is_letter_or_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct host_port {
  std::string host; ///< a name or an address; without brackets for IPv6
  std::uint16_t port = 0;
  friend bool operator==(const host_port&, const host_port&) = default;
};

/// Reads `host:port` or `[v6]:port`; nothing for any other form.
inline std::optional<host_port> read_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return {};
  const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
  auto host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed)
    host = host.substr(1, host.size() - 2);
  if (!port || host.empty() || (host.find(':') != std::string_view::npos && !bracketed))
    return {};
  return host_port{std::string{host}, *port};
}

inline std::string to_string(const host_port& x) {
  const bool v6 = x.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", x.host, v6 ? "]" : "", x.port);
}

/// The byte encoded by the percent escape (`%2f`) at `pos`; nothing if there is no valid escape.
inline std::optional<char> percent_escape(std::string_view text, std::size_t pos) {
  unsigned char code = 0;
  const auto digits = text.substr(pos, 3);
  if (digits.size() != 3 || digits[0] != '%'
      || std::from_chars(digits.data() + 1, digits.data() + 3, code, 16).ptr != digits.data() + 3)
    return {};
  return static_cast<char>(code);
}

/// Decodes percent escapes. Invalid escapes are copied unchanged.
inline std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = percent_escape(text, i);
    result += byte.value_or(text[i]);
    i += byte ? 2 : 0;
  }
  return result;
}

/// Removes the characters in `spaces` from both ends.
inline std::string_view trimmed(std::string_view text, std::string_view spaces = " \t\r\n") {
  text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
  return text.substr(0, text.find_last_not_of(spaces) + 1);
}

/// `a, b, c`
template <class List>
std::string joined(const List& items, std::string_view between = ", ") {
  return fmt::format("{}", fmt::join(items, between));
}

/// "; did you mean X?" if one of `known` is similar to `typed`, else "". A wrong, missing, extra or
/// swapped letter counts as one edit; at most one edit per three letters is allowed.
std::string suggestion(std::string_view typed, const std::vector<std::string>& known);

using table_row = std::vector<std::string>;

/// One line per row; cells are left-aligned with two spaces between columns. Rows may differ in
/// length.
std::string text_table(const std::vector<table_row>& rows);

} // namespace hawkeye
