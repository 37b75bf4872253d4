#include "actors/nats/options.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "actors/process/read_file.hpp"
#include "messages/base/json.hpp"
#include "messages/base/text.hpp"
#include "messages/config/login_error_hint.hpp"
#include "messages/config/nkey.hpp"
#include "messages/config/text_forms.hpp"

namespace hawkeye {

namespace {

constexpr std::int64_t connect_timeout_ms = 1000;
/// A server that accepts nothing for this long counts as lost: a write must not block its caller
/// for ever.
constexpr std::int64_t write_deadline_ms = 2000;
constexpr std::int64_t ping_interval_ms = 5000;

/// The library puts a login unescaped between the quotes of its CONNECT's JSON (seen in 3.4 and
/// 3.10), so it is escaped here.
std::string as_json_text(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

/// The text between `//` and `@` of a server's URL; empty: there is none.
std::string_view login_in(std::string_view url) {
  const auto begin = url.find("//"), end = url.rfind('@');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin)
    return {};
  return url.substr(begin + 2, end - begin - 2);
}

/// The login that is the same in all URLs that have one. It is passed to the library separately
/// from the URLs, because that accepts every character. Empty: there is none, or they differ.
std::string_view common_login(const std::vector<std::string>& servers) {
  std::string_view result;
  for (const auto& server : servers)
    if (const auto login = login_in(server); !login.empty()) {
      if (!result.empty() && result != login)
        return {};
      result = login;
    }
  return result;
}

/// Percent escapes are decoded here: some versions of the library do it, some do not.
natsStatus set_login(natsOptions* to, std::string_view login) {
  const auto colon = login.find(':');
  const auto user = as_json_text(percent_decoded(login.substr(0, colon)));
  if (colon == std::string_view::npos)
    return natsOptions_SetToken(to, user.c_str());
  const auto password = as_json_text(percent_decoded(login.substr(colon + 1)));
  return natsOptions_SetUserInfo(to, user.c_str(), password.c_str());
}

natsStatus set_servers(natsOptions* to, const nats_settings& settings) {
  const auto common = common_login(settings.servers);
  auto servers = settings.servers;
  std::vector<const char*> urls;
  for (auto& server : servers) {
    if (!common.empty() && !login_in(server).empty())
      server.erase(server.find("//") + 2, common.size() + 1);
    urls.push_back(server.c_str());
  }
  auto s = natsOptions_SetServers(to, urls.data(), static_cast<int>(urls.size()));
  if (s == NATS_OK && settings.tls())
    s = natsOptions_SetSecure(to, true);
  return s;
}

/// Uses the library's text about a file, which names the file.
std::optional<failure> wrong(const char* key, natsStatus s) {
  if (s == NATS_OK)
    return {};
  const char* detail = nats_GetLastError(nullptr);
  return fail(std::string{"nats."} + key
              + " cannot be used: " + (detail && *detail ? nats_detail(detail) : text_of(s)));
}

/// The library also needs the public key; it reads the seed again at each login.
std::optional<failure> set_nkey(natsOptions* to, const nats_settings& settings) {
  const auto& file = settings.nkey_seed_file;
  if (!settings.credentials_file.empty())
    return fail("nats.nkey-seed-file and nats.credentials-file: give one of them");
  auto seed = read_file(file).and_then(find_user_seed);
  auto key = seed.has_value() ? public_user_key(*seed) : seed;
  if (auto* why = error_of(key))
    return fail("nats.nkey-seed-file = \"" + printable(file) + "\": " + why->reason);
  return wrong("nkey-seed-file", natsOptions_SetNKeyFromSeed(to, key->c_str(), file.c_str()));
}

/// Sets login and TLS options from the configuration; the failure names the key.
std::optional<failure> set_identity(natsOptions* to, const nats_settings& settings) {
  // Has priority over nats.user, as the login of a single URL always had.
  const auto login = common_login(settings.servers);
  if (!login.empty()) {
    if (auto why = wrong("servers", set_login(to, login)))
      return why;
  } else if (!settings.user.empty()) {
    if (auto why = wrong("user", natsOptions_SetUserInfo(to, as_json_text(settings.user).c_str(),
                                                         as_json_text(settings.password).c_str())))
      return why;
  }
  if (login.empty() && !settings.token.empty())
    if (auto why = wrong("token", natsOptions_SetToken(to, as_json_text(settings.token).c_str())))
      return why;
  if (!settings.credentials_file.empty())
    if (auto why = wrong("credentials-file", natsOptions_SetUserCredentialsFromFiles(
                                                 to, settings.credentials_file.c_str(), nullptr)))
      return why;
  if (!settings.tls_ca.empty())
    if (auto why =
            wrong("tls-ca", natsOptions_LoadCATrustedCertificates(to, settings.tls_ca.c_str())))
      return why;
  if (!settings.tls_cert.empty())
    if (auto why = wrong("tls-cert", natsOptions_LoadCertificatesChain(
                                         to, settings.tls_cert.c_str(), settings.tls_key.c_str())))
      return why;
  return settings.nkey_seed_file.empty() ? std::nullopt : set_nkey(to, settings);
}

natsStatus set_behaviour(natsOptions* to, const std::string& client_name) {
  auto s = natsOptions_SetName(to, client_name.c_str());
  // Otherwise every reply waits for the library's flusher, up to a millisecond.
  if (s == NATS_OK)
    s = natsOptions_SetSendAsap(to, true);
  if (s == NATS_OK)
    s = natsOptions_SetTimeout(to, connect_timeout_ms);
  // With an event loop the library would go on reading the next connection where the last one
  // broke, in the middle of a message (seen in 3.4). So each connection is a new one.
  if (s == NATS_OK)
    s = natsOptions_SetAllowReconnect(to, false);
  if (s == NATS_OK)
    s = natsOptions_SetWriteDeadline(to, write_deadline_ms);
  if (s == NATS_OK)
    s = natsOptions_SetPingInterval(to, ping_interval_ms);
  return s;
}

} // namespace

std::string server_list(const nats_settings& settings) {
  std::string result;
  for (const auto& server : settings.servers)
    result += (result.empty() ? "" : ", ") + without_secrets(server);
  return result;
}

expected<std::shared_ptr<natsOptions>> nats_options(const nats_settings& settings,
                                                    const std::string& client_name) {
  natsOptions* raw = nullptr;
  auto s = natsOptions_Create(&raw);
  std::shared_ptr<natsOptions> options{raw, natsOptions_Destroy};
  if (s == NATS_OK)
    s = set_servers(raw, settings);
  if (s == NATS_OK)
    s = set_behaviour(raw, client_name);
  if (s != NATS_OK)
    return fail("NATS cannot be set up for " + server_list(settings) + ": " + text_of(s));
  if (auto why = set_identity(raw, settings))
    return fail(*why);
  return options;
}

} // namespace hawkeye
