#include "messages/config/login_error_hint.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "messages/base/json.hpp"

namespace hawkeye {

namespace {

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The configured credentials, by their names in config.ini.
std::string login_of(const nats_settings& settings) {
  if (!settings.credentials_file.empty())
    return "what nats.credentials-file holds (unknown to it, revoked or expired)";
  if (!settings.nkey_seed_file.empty())
    return "the key whose seed is in nats.nkey-seed-file: it does not know its public key";
  if (settings.has_login_in_url())
    return settings.user.empty() && settings.token.empty()
               ? "the user and password in nats.servers"
               : "the user and password in nats.servers, which are used instead of nats.user, "
                 "nats.password and nats.token";
  if (!settings.user.empty())
    return "nats.user with nats.password";
  return settings.token.empty() ? "" : "nats.token";
}

std::string refused_login(const nats_settings& settings) {
  const auto login = login_of(settings);
  return login.empty() ? "the server wants a login: give nats.user and nats.password, nats.token, "
                         "nats.credentials-file or nats.nkey-seed-file"
                       : "the server refuses " + login;
}

std::string strange_authority(const nats_settings& settings) {
  return settings.tls_ca.empty() ? "the server's certificate is signed by nobody that this machine "
                                   "trusts: name the authority in nats.tls-ca"
                                 : "the server's certificate is not signed by the authority in "
                                   "nats.tls-ca";
}

/// A server that requires a certificate, or accepts no further client, closes the connection
/// without a reason.
std::string ended(const nats_settings& settings) {
  return settings.tls_cert.empty()
             ? "the server ended the connection at the login: it may want a certificate of ours "
               "(nats.tls-cert, nats.tls-key), or have no room left (its max_connections)"
             : "the server ended the connection at the login: it may not trust the certificate in "
               "nats.tls-cert, or that has expired, or there is no room left (its max_connections)";
}

/// Another version of the library reports this instead, and also in other cases.
std::string closed(const nats_settings& settings) {
  return settings.tls() ? ended(settings) : "the server ended the connection at the login";
}

constexpr std::string_view
    other_name = "the server's certificate is for another name than nats.servers calls it by",
    nobody = "nobody answers there: is the server running, and nats.servers right?";

struct nats_rule {
  std::string_view part; ///< of the library's error text
  std::string_view meaning;
  std::string (*meaning_by)(const nats_settings&) = nullptr; ///< instead, if it depends on these
};

/// The first matching rule is used.
constexpr nats_rule nats_rules[]{
    {"unable to get local issuer certificate", {}, strange_authority},
    {"self-signed certificate", {}, strange_authority},
    {"self signed certificate", {}, strange_authority},
    {"unable to verify the first certificate", {}, strange_authority},
    {"certificate signature failure", {}, strange_authority},
    {"address mismatch", other_name},
    {"ostname mismatch", other_name},
    {"certificate has expired",
     "the server's certificate, or its authority's, has expired: it needs a new one"},
    {"certificate is not yet valid",
     "the server's certificate is not valid yet: are both clocks right?"},
    {"Secure Connection not available",
     "nats.servers or nats.tls-ca asks for TLS, which this server does not offer"},
    {"SSL", "the server and we do not agree on TLS"},
    {"Expected 'PONG', got ''", {}, ended},
    {"Connection Closed", {}, closed},
    {"Authentication Expired", "the login in nats.credentials-file has expired"},
    {"uthorization Violation", {}, refused_login},
    {"Authentication Violation", {}, refused_login},
    {"ey expected",
     "the server asks for no key: it knows none of nats.nkey-seed-file or nats.credentials-file"},
    {"No server available", nobody},
    {"Timeout", nobody},
};

/// Removes the position in the library's source at the beginning: `(conn.c:733): `.
std::string_view without_place(std::string_view error) {
  const auto end = error.find("): ");
  return error.starts_with('(') && end != std::string_view::npos ? error.substr(end + 3) : error;
}

std::string with_detail(const std::string& sentence, std::string_view error) {
  return sentence + " (" + printable(error) + ")";
}

/// True if `word` is the error's code. For errors in a script, older versions of Redis put the code
/// in the middle of the text.
bool has_code(std::string_view error, std::string_view word) {
  return error.starts_with(word) || holds(error, fmt::format(": -{} ", word));
}

constexpr auto begins = [](std::string_view error, std::string_view part) {
  return error.starts_with(part);
};
constexpr auto over_tls = [](const redis_address& x) {
  return x.tls;
};
constexpr auto has_authority = [](const redis_address& x) {
  return !x.tls_ca.empty();
};
constexpr auto has_certificate = [](const redis_address& x) {
  return !x.tls_cert.empty();
};

constexpr std::string_view wrong_password = "the user or the password in {key} is wrong",
                           needless_password =
                               "{key} has a password, but this Redis knows none: mend one of both",
                           no_permission =
                               "the user in {key} lacks a permission (docs/security.md lists them)",
                           unknown_host = "the host in {key} is not known";

struct redis_rule {
  bool (*matches)(std::string_view error, std::string_view part);
  std::string_view part;
  std::string_view meaning; ///< format of fmt with the arguments {key} and {database}
  bool (*has_other)(const redis_address&) = nullptr; ///< whether `other_meaning` is used instead
  std::string_view other_meaning{};
};

constexpr std::string_view
    unknown_authority = "its certificate is signed by nobody that this machine trusts: name the "
                        "authority in redis.tls-ca",
    other_authority = "its certificate is not signed by the authority in redis.tls-ca",
    other_redis_name = "its certificate is for another name than {key} calls it by",
    no_tls = "{key} asks for TLS: does this port speak it?";

/// OpenSSL's errors of a connection to Redis: errors in the server's certificate, and the alerts
/// with which a server rejects ours ("tlsv13 alert certificate required"). The first matching rule
/// is used.
constexpr redis_rule redis_tls_rules[]{
    {holds, "issuer certificate", unknown_authority, has_authority, other_authority},
    {holds, "self-signed certificate", unknown_authority, has_authority, other_authority},
    {holds, "unable to verify the first certificate", unknown_authority, has_authority,
     other_authority},
    {holds, "certificate signature failure", unknown_authority, has_authority, other_authority},
    {holds, "address mismatch", other_redis_name},
    {holds, "ostname mismatch", other_redis_name},
    {holds, "certificate has expired",
     "its certificate, or its authority's, has expired: it needs a new one"},
    {holds, "certificate is not yet valid",
     "its certificate is not valid yet: are both clocks right?"},
    {holds, "wrong version number", no_tls},
    {holds, "no answer in time", no_tls},
    {holds, " alert ", "it refuses us: it wants a certificate (redis.tls-cert, redis.tls-key)",
     has_certificate,
     "it refuses us: it may not trust the certificate in redis.tls-cert, or that has expired"},
};

/// All other errors. The first matching rule is used.
constexpr redis_rule redis_rules[]{
    {begins, "WRONGPASS", wrong_password},
    {holds, "invalid password", wrong_password},
    {begins, "NOAUTH", "it wants a password: {key} has none"},
    {holds, "without any password configured", needless_password},
    {holds, "no password is set", needless_password},
    {begins, "NOPERM", no_permission},
    {holds, "user executing the script can't", no_permission}, // Redis 7, in a script
    {holds, "ACL failure in script", no_permission},           // Redis 8, in a script
    {holds, "DB index is out of range", "it has no database {database}, which {key} names"},
    {begins, "DENIED",
     "it runs in protected mode: give it users with passwords, and {key} one of them"},
    {has_code, "READONLY",
     "it refuses to write: it is a replica; {key} must name the master, or sentinels"},
    {has_code, "OOM", "it refuses to write: its memory is full (maxmemory)"},
    {has_code, "MISCONF", "it refuses to write: it cannot save to its disk"},
    {has_code, "NOREPLICAS",
     "it refuses to write: fewer replicas follow it than min-replicas-to-write wants"},
    {has_code, "CROSSSLOT",
     "it is a cluster: give redis.key braces, as in redis.key = \"{{hawkeye}}\""},
    {has_code, "MOVED",
     "it is one node of a cluster, and another one holds the key: {key} must name a Redis that "
     "holds all keys asked of it (docs/security.md)"},
    {has_code, "MASTERDOWN",
     "it is a replica that has lost its master: {key} must name a master, or sentinels"},
    {has_code, "BUSY", "a script of another client holds it up (SCRIPT KILL ends that)"},
    {has_code, "CLUSTERDOWN", "its cluster is down, or no node has the slot of the key"},
    {holds, "max number of clients", "it takes no more connections (maxclients)"},
    {holds, "invalid bulk length",
     "it refuses to write: the value is larger than it takes (proto-max-bulk-len)"},
    {holds, "unknown command",
     "it does not know this command: was it renamed or forbidden there? Of a sentinel, {key} is "
     "redis+sentinel://host:port/master-name/db"},
    {begins, "Protocol error",
     "no Redis speaks there: {key} names the port of another program, or one for TLS"},
    {begins, "Server closed the connection",
     "was it stopped, or is this a port for TLS (rediss:// in {key})?", over_tls,
     "was it stopped?"},
    {holds, "No such file or directory",
     "there is no such socket: is it running, and {key} right?"},
    {holds, "Permission denied", "the socket in {key} may not be used by the user that we run as"},
    {holds, "onnection refused", "nobody listens there: is it running, and {key} right?"},
    {holds, "name resolution", unknown_host},
    {holds, "service not known", unknown_host},
    {holds, "resolve", unknown_host},
};

/// Explains an error of Redis or hiredis. Empty if it needs no explanation.
std::string redis_meaning(std::string_view error, const redis_address& where,
                          std::string_view key) {
  if (error.starts_with("redis.tls-"))
    return {};
  const bool tls = error.starts_with("TLS: ");
  for (const auto& rule : tls ? std::span<const redis_rule>{redis_tls_rules} : redis_rules)
    if (rule.matches(error, rule.part)) {
      const bool other = rule.has_other && rule.has_other(where);
      return fmt::format(fmt::runtime(other ? rule.other_meaning : rule.meaning),
                         fmt::arg("key", key), fmt::arg("database", where.database));
    }
  return {};
}

} // namespace

std::string nats_problem(std::string_view error, const nats_settings& settings) {
  error = without_place(error);
  for (const auto& rule : nats_rules)
    if (holds(error, rule.part))
      return with_detail(rule.meaning_by ? rule.meaning_by(settings) : std::string{rule.meaning},
                         error);
  return printable(error);
}

std::string nats_detail(std::string_view error) {
  return printable(without_place(error));
}

bool redis_refuses_writes(std::string_view error) {
  return has_code(error, "READONLY") || has_code(error, "OOM") || has_code(error, "MISCONF")
         || has_code(error, "NOREPLICAS") || holds(error, "invalid bulk length");
}

std::string redis_problem(std::string_view error, const redis_address& where,
                          std::string_view key) {
  // A Redis that does not know AUTH quotes its arguments, or the beginning of a long password.
  if (holds(error, "unknown command"))
    error = error.substr(0, error.find(','));
  if (!where.password.empty() && holds(error, where.password))
    error = error.substr(0, std::min(error.find(' '), error.find(where.password)));
  const auto meaning = redis_meaning(error, where, key);
  return meaning.empty() ? printable(error) : with_detail(meaning, error);
}

} // namespace hawkeye
