// Small readers and writers of text that several files need: whole numbers, `host:port`, lists.
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

/// The number that `text` is, decimal and nothing else; nothing where it is none or does not fit.
template <std::integral T>
std::optional<T> whole_number(std::string_view text) {
  T result{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (problem != std::errc{} || end != text.data() + text.size())
    return {};
  return result;
}

struct host_port {
  std::string host; ///< without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

/// `host:port` or `[v6]:port`; nothing where it is something else.
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

/// The parts of a list separated by commas, without the spaces around them.
inline std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    auto part = text.substr(0, end);
    while (part.starts_with(' '))
      part.remove_prefix(1);
    while (part.ends_with(' '))
      part.remove_suffix(1);
    result.emplace_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

/// `a, b, c`
template <class List>
std::string joined(const List& items, std::string_view between = ", ") {
  return fmt::format("{}", fmt::join(items, between));
}

} // namespace hawkeye
