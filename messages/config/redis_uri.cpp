#include "messages/config/redis_uri.hpp"

#include <charconv>

#include "messages/config/value_parsers.hpp"

namespace hawkeye {

namespace {

const failure expected_form{"expected redis://[user:password@]host:port/db or unix:///path?db=N"};

std::optional<std::string> unescape_percent(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned code = 0;
    if (i + 2 >= text.size())
      return {};
    const auto [end, problem] = std::from_chars(&text[i + 1], &text[i + 1] + 2, code, 16);
    if (problem != std::errc{} || end != &text[i + 1] + 2)
      return {};
    result += static_cast<char>(code);
    i += 2;
  }
  return result;
}

template <class Number>
bool read_number(std::string_view text, Number most, Number& into) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value < 0 || value > most)
    return false;
  into = value;
  return true;
}

constexpr int most_database = 1'000'000;

bool read_user_info(std::string_view text, redis_address& into) {
  const auto colon = text.find(':');
  auto user = unescape_percent(text.substr(0, colon));
  auto password = colon == std::string_view::npos ? std::optional<std::string>{""}
                                                  : unescape_percent(text.substr(colon + 1));
  if (!user || !password || password->empty())
    return false;
  into.user = std::move(*user);
  into.password = std::move(*password);
  return true;
}

bool read_host(std::string_view text, redis_address& into) {
  auto port_at = text.rfind(':');
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos)
      return false;
    into.host = text.substr(1, close - 1);
    port_at = close + 1 == text.size() ? std::string_view::npos : close + 1;
    if (port_at != std::string_view::npos && text[port_at] != ':')
      return false;
  } else {
    into.host = text.substr(0, port_at);
    if (into.host.find(':') != std::string::npos)
      return false;
  }
  if (into.host.empty() || into.host.find_first_of(" /?#@") != std::string::npos
      || !config_keys::is_plain(into.host))
    return false;
  if (port_at == std::string_view::npos)
    return true;
  int port = 0;
  if (!read_number(text.substr(port_at + 1), 65535, port) || port == 0)
    return false;
  into.port = static_cast<std::uint16_t>(port);
  return true;
}

expected<redis_address> read_tcp(std::string_view rest) {
  redis_address result;
  const auto at = rest.rfind('@');
  if (at != std::string_view::npos) {
    if (!read_user_info(rest.substr(0, at), result))
      return fail(expected_form);
    rest.remove_prefix(at + 1);
  }
  const auto slash = rest.find('/');
  if (!read_host(rest.substr(0, slash), result))
    return fail(expected_form);
  if (slash != std::string_view::npos && slash + 1 < rest.size()
      && !read_number(rest.substr(slash + 1), most_database, result.database))
    return fail(expected_form);
  return result;
}

expected<redis_address> read_unix(std::string_view rest) {
  redis_address result;
  // A path may hold an @ of its own.
  const auto at = rest.starts_with('/') ? std::string_view::npos : rest.find('@');
  if (at != std::string_view::npos) {
    if (!read_user_info(rest.substr(0, at), result))
      return fail(expected_form);
    rest.remove_prefix(at + 1);
  }
  const auto question = rest.find('?');
  result.socket_path = rest.substr(0, question);
  if (!result.socket_path.starts_with('/') || result.socket_path.size() > 107
      || !config_keys::is_plain(result.socket_path))
    return fail(expected_form);
  if (question == std::string_view::npos)
    return result;
  const auto query = rest.substr(question + 1);
  if (!query.starts_with("db=") || !read_number(query.substr(3), most_database, result.database))
    return fail(expected_form);
  return result;
}

} // namespace

expected<redis_address> parse_redis_uri(std::string_view uri) {
  constexpr std::string_view tcp = "redis://", local = "unix://";
  if (uri.starts_with(tcp))
    return read_tcp(uri.substr(tcp.size()));
  if (uri.starts_with(local))
    return read_unix(uri.substr(local.size()));
  return fail(expected_form);
}

std::string to_string(const redis_address& x) {
  const auto database = std::to_string(x.database);
  if (!x.socket_path.empty())
    return "unix://" + x.socket_path + "?db=" + database;
  const bool v6 = x.host.find(':') != std::string::npos;
  return "redis://" + (v6 ? "[" + x.host + "]" : x.host) + ":" + std::to_string(x.port) + "/"
         + database;
}

} // namespace hawkeye
