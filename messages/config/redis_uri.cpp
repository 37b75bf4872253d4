#include "messages/config/redis_uri.hpp"

#include <algorithm>

#include "messages/base/text.hpp"
#include "messages/config/text_forms.hpp"

namespace hawkeye {

namespace {

const failure expected_form{fmt::format("expected {}", redis_uri_forms)};

/// Nothing if a % is not part of a valid escape.
std::optional<std::string> unescape_percent(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3))
    if (!percent_escape(text, at))
      return {};
  return percent_decoded(text);
}

bool read_database(std::string_view text, int& to) {
  constexpr int most = 1'000'000;
  const auto number = whole_number<int>(text);
  to = number.value_or(0);
  return number && to >= 0 && to <= most;
}

/// Takes the login before the `@` at `at` from the beginning of `rest`; npos: there is none.
bool take_login(std::string_view& rest, std::size_t at, redis_address& address) {
  if (at == std::string_view::npos)
    return true;
  const auto text = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  const auto colon = text.find(':');
  auto user = unescape_percent(text.substr(0, colon));
  auto password = colon == std::string_view::npos ? std::optional<std::string>{""}
                                                  : unescape_percent(text.substr(colon + 1));
  if (!user || !password || password->empty())
    return false;
  address.user = std::move(*user);
  address.password = std::move(*password);
  return true;
}

/// `host`, `host:port` or `[address]:port`. Without a port, server.port is unchanged.
bool read_host(std::string_view text, host_port& server) {
  auto port_at = text.rfind(':');
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos)
      return false;
    server.host = text.substr(1, close - 1);
    port_at = close + 1 == text.size() ? std::string_view::npos : close + 1;
    if (port_at != std::string_view::npos && text[port_at] != ':')
      return false;
  } else {
    server.host = text.substr(0, port_at);
    if (server.host.find(':') != std::string::npos)
      return false;
  }
  if (server.host.empty() || server.host.find_first_of(" /?#@,") != std::string::npos
      || !is_printable(server.host))
    return false;
  if (port_at == std::string_view::npos)
    return true;
  const auto port = whole_number<std::uint16_t>(text.substr(port_at + 1));
  server.port = port.value_or(0);
  return server.port > 0;
}

/// Reads `user:password@` at the beginning and `/db` at the end, and removes both from `rest`.
bool read_login_and_database(std::string_view& rest, redis_address& address, bool with_master) {
  if (!take_login(rest, rest.rfind('@'), address))
    return false;
  auto slash = rest.find('/');
  if (with_master && slash != std::string_view::npos)
    slash = rest.find('/', slash + 1);
  if (slash == std::string_view::npos)
    return true;
  const auto database = rest.substr(slash + 1);
  rest = rest.substr(0, slash);
  return database.empty() || read_database(database, address.database);
}

expected<redis_address> read_tcp(std::string_view rest, bool tls) {
  redis_address result;
  host_port server{{}, result.port};
  if (!read_login_and_database(rest, result, false) || !read_host(rest, server))
    return fail(expected_form);
  result.host = std::move(server.host);
  result.port = server.port;
  result.tls = tls;
  return result;
}

bool is_master_name(std::string_view text) {
  return !text.empty() && text.find_first_of(" ?#@,:") == std::string_view::npos
         && is_printable(text);
}

expected<redis_address> read_sentinels(std::string_view rest) {
  redis_address result;
  if (!read_login_and_database(rest, result, true))
    return fail(expected_form);
  const auto slash = std::min(rest.find('/'), rest.size());
  result.master_name = rest.substr(std::min(slash + 1, rest.size()));
  if (!is_master_name(result.master_name))
    return fail(expected_form);
  for (std::size_t begin = 0; begin <= slash;) {
    const auto end = std::min(rest.find(',', begin), slash);
    auto& sentinel = result.sentinels.emplace_back(host_port{{}, 26379});
    if (!read_host(rest.substr(begin, end - begin), sentinel))
      return fail(expected_form);
    begin = end + 1;
  }
  return result;
}

expected<redis_address> read_unix(std::string_view rest) {
  redis_address result;
  // A path may contain an @.
  const auto at = rest.starts_with('/') ? std::string_view::npos : rest.find('@');
  if (!take_login(rest, at, result))
    return fail(expected_form);
  const auto question = rest.find('?');
  result.socket_path = rest.substr(0, question);
  if (!result.socket_path.starts_with('/') || result.socket_path.size() > 107
      || !is_printable(result.socket_path))
    return fail(expected_form);
  if (question == std::string_view::npos)
    return result;
  const auto query = rest.substr(question + 1);
  if (!query.starts_with("db=") || !read_database(query.substr(3), result.database))
    return fail(expected_form);
  return result;
}

} // namespace

expected<redis_address> parse_redis_uri(std::string_view uri) {
  const auto colon = std::min(uri.find("://"), uri.size());
  const auto scheme = uri.substr(0, colon);
  const auto rest = uri.substr(std::min(colon + 3, uri.size()));
  if (scheme == "redis" || scheme == "rediss")
    return read_tcp(rest, scheme == "rediss");
  if (scheme == "redis+sentinel")
    return read_sentinels(rest);
  if (scheme == "unix")
    return read_unix(rest);
  return fail(expected_form);
}

std::string to_string(const redis_address& x) {
  if (!x.socket_path.empty())
    return fmt::format("unix://{}?db={}", x.socket_path, x.database);
  if (x.sentinels.empty())
    return fmt::format("{}://{}/{}", x.tls ? "rediss" : "redis",
                       to_string(host_port{x.host, x.port}), x.database);
  std::string hosts;
  for (const auto& sentinel : x.sentinels)
    hosts += (hosts.empty() ? "" : ",") + to_string(sentinel);
  return fmt::format("redis+sentinel://{}/{}/{}", hosts, x.master_name, x.database);
}

} // namespace hawkeye
