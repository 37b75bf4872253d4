#include "messages/config/text_forms.hpp"

#include <algorithm>

#include <arpa/inet.h>

#include "messages/base/json.hpp"
#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

/// A decimal port from `least` to 65535. Port 0 means any free port.
bool is_port(std::string_view text, unsigned least) {
  const auto port = whole_number<std::uint16_t>(text);
  return port && *port >= least;
}

/// An address in numbers. An IPv6 address may have a zone.
bool is_address(int family, std::string_view text) {
  in6_addr parsed{};
  return ::inet_pton(family, std::string{text.substr(0, text.find('%'))}.c_str(), &parsed) == 1;
}

/// The offset of the comma before the second URL in a list; the size of the list if there is only
/// one. A comma only separates URLs if a scheme follows, because a password may contain one.
std::size_t next_url(std::string_view urls) noexcept {
  for (auto comma = urls.find(','); comma != std::string_view::npos;
       comma = urls.find(',', comma + 1)) {
    const auto scheme = urls.find_first_not_of(' ', comma + 1);
    for (const auto known : {"nats://", "tls://"})
      if (scheme != std::string_view::npos && urls.substr(scheme).starts_with(known) && comma > 0)
        return comma;
  }
  return urls.size();
}

} // namespace

bool is_printable(std::string_view text) {
  return printable(text, text.size()) == text;
}

bool not_empty(std::string_view text) {
  return !text.empty();
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_';
  });
}

bool is_literal_subject(std::string_view text) noexcept {
  if (text.empty() || text.front() == '.' || text.back() == '.' || text.size() > 255)
    return false;
  char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '*' || c == '>' || (c == '.' && before == '.'))
      return false;
    before = c;
  }
  return true;
}

bool is_subject_with_siblings(std::string_view text) {
  return is_literal_subject(text) && text.find('.') != text.npos && !text.starts_with('$')
         && !text.starts_with("_INBOX.");
}

bool is_subject_or_off(std::string_view text) {
  return text.empty() || is_literal_subject(text);
}

bool is_recipient_or_off(std::string_view text) {
  return text.empty()
         || (text.find('@') != std::string_view::npos
             && text.find_first_of(" \t\r\n") == std::string_view::npos);
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
  const auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    return is_address(AF_INET6, host.substr(1, host.size() - 2));
  if (host.find_first_not_of("0123456789.") == host.npos)
    return is_address(AF_INET, host);
  return host.find_first_of(" /\\@[]:") == host.npos;
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

std::string without_secrets(std::string_view urls) {
  std::string result;
  while (!urls.empty()) {
    const auto behind = next_url(urls);
    const auto one = urls.substr(0, behind);
    const auto scheme = one.find("://");
    const auto at = one.rfind('@');
    if (at == std::string_view::npos)
      result += one;
    else
      result.append(one.substr(0, scheme < at ? scheme + 3 : 0))
          .append("***")
          .append(one.substr(at));
    urls.remove_prefix(behind);
  }
  return result;
}

} // namespace hawkeye
