#include "messages/config/plaintext_passwords.hpp"

#include <arpa/inet.h>

#include "messages/config/redis_uri.hpp"
#include "messages/config/text_forms.hpp"

namespace hawkeye {

namespace {

/// The host in nats://[user:password@]host[:port].
std::string_view host_of(std::string_view url) {
  url.remove_prefix(url.find("//") + 2);
  if (const auto at = url.rfind('@'); at != std::string_view::npos)
    url.remove_prefix(at + 1);
  if (url.starts_with('['))
    return url.substr(1, url.find(']') - 1);
  return url.substr(0, url.find(':'));
}

/// True if a secret is sent to the server without encryption. With TLS the library sends nothing
/// before the handshake. An nkey or credentials file only signs the server's challenge.
bool sends_readable(const nats_settings& nats, std::string_view server) {
  const bool secret = !nats.password.empty() || !nats.token.empty() || nats.has_login_in_url();
  return secret && !nats.tls() && !is_loopback(host_of(server));
}

} // namespace

bool is_loopback(std::string_view host) {
  const std::string text{host};
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1)
    return ntohl(v4.s_addr) >> 24 == 127;
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
  return text == "localhost";
}

std::optional<failure> unprotected_password(const redis_address& where, bool allowed) {
  // Sentinels on this machine may name a master on another one, so they do not count as local.
  const bool stays = !where.socket_path.empty() || is_loopback(where.host);
  if (where.password.empty() || allowed || where.tls || stays)
    return {};
  return fail("its password would leave this machine readable, to " + to_string(where)
              + ": use rediss://, a unix socket or a tunnel (docs/security.md), or allow it with "
                "redis.allow-plaintext-password = true");
}

std::vector<std::string> config_warnings(const settings& settings) {
  std::vector<std::string> result;
  for (const auto& server : settings.nats.servers)
    if (sends_readable(settings.nats, server))
      result.push_back("nats.servers: the password or token goes to " + without_secrets(server)
                       + " readable, unless the server asks for TLS: write tls://, or log in with "
                         "nats.nkey-seed-file or nats.credentials-file, which send no secret");
  for (const auto* address : {&settings.redis.address, &settings.redis.payload_address})
    if (unprotected_password(*address, false)
        && (address == &settings.redis.address || !(*address == settings.redis.address)))
      result.push_back("redis.allow-plaintext-password: the password leaves this machine readable, "
                       "to "
                       + to_string(*address));
  return result;
}

} // namespace hawkeye
