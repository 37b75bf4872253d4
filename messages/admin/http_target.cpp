#include "messages/admin/http_target.hpp"

#include <algorithm>
#include <utility>

#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

std::string decoded_in_query(std::string_view text) {
  std::string spaced{text};
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decoded(spaced);
}

/// The parts of `text` before and after the first `separator`.
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
  http_target result{percent_decoded(path), {}};
  while (!query.empty()) {
    const auto [pair, rest] = cut(query, '&');
    const auto [name, value] = cut(pair, '=');
    if (!pair.empty())
      result.parameters.emplace(decoded_in_query(name), decoded_in_query(value));
    query = rest;
  }
  return result;
}

} // namespace hawkeye
