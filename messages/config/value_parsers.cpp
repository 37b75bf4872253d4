#include "messages/config/value_parsers.hpp"

#include <algorithm>
#include <charconv>

#include "messages/base/json.hpp"
#include "messages/config/config.hpp"

namespace hawkeye::config_keys {

namespace {

/// A decimal port, 1 to 65535; 0 where allowed: any free one.
bool is_port(std::string_view text, unsigned least) {
  unsigned port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  return problem == std::errc{} && end == text.data() + text.size() && port >= least
         && port <= 65535;
}

} // namespace

bool is_plain(std::string_view text) {
  return printable(text, text.size()) == text;
}

bool anything(std::string_view) {
  return true;
}

bool not_empty(std::string_view text) {
  return !text.empty();
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'
           || c == '_';
  });
}

bool is_subject_or_off(std::string_view text) {
  return text.empty() || is_literal_subject(text);
}

bool is_level(std::string_view text) {
  constexpr std::string_view levels[] = {"trace", "debug", "info", "warn", "error", "off"};
  return std::find(std::begin(levels), std::end(levels), text) != std::end(levels);
}

bool is_format(std::string_view text) {
  return text == "text" || text == "json";
}

bool is_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1), 0))
    return false;
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  return !host.empty() && host.find_first_of(" /\\@[]") == std::string_view::npos;
}

bool is_server_url(std::string_view url) {
  if (!url.starts_with("nats://") && !url.starts_with("tls://"))
    return false;
  url.remove_prefix(url.find("//") + 2);
  url.remove_prefix(url.rfind('@') == std::string_view::npos ? 0 : url.rfind('@') + 1);
  if (url.empty() || url.find_first_of(" /?#") != std::string_view::npos)
    return false;
  const auto bracket = url.rfind(']');
  const auto colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return colon == std::string_view::npos || (colon > 0 && is_port(url.substr(colon + 1), 1));
}

} // namespace hawkeye::config_keys
