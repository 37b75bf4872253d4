#include "messages/admin/http_target.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace hawkeye {

namespace {

std::string decoded(std::string_view text, bool in_query) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const auto* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size()
        && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      result += static_cast<char>(code);
      i += 2;
    } else {
      result += in_query && text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

/// What stands before the first `separator`, and behind it.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos)
    return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

} // namespace

http_target read_http_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (target.starts_with(scheme)) {
      target.remove_prefix(scheme.size());
      target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    }
  auto [path, query] = cut(target, '?');
  http_target result{decoded(path, false), {}};
  while (!query.empty()) {
    const auto [pair, rest] = cut(query, '&');
    const auto [name, value] = cut(pair, '=');
    if (!pair.empty())
      result.parameters.emplace(decoded(name, true), decoded(value, true));
    query = rest;
  }
  return result;
}

} // namespace hawkeye
