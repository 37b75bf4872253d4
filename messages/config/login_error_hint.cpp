#include "messages/config/login_error_hint.hpp"

#include <algorithm>

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
  if (!settings.user.empty())
    return "nats.user with nats.password";
  if (!settings.token.empty())
    return "nats.token";
  const bool in_url = std::any_of(settings.servers.begin(), settings.servers.end(),
                                  [](const std::string& url) { return holds(url, "@"); });
  return in_url ? "the user and password in nats.servers" : "";
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

std::string wrong_name(const nats_settings&) {
  return "the server's certificate is for another name than nats.servers calls it by";
}

std::string expired(const nats_settings&) {
  return "the server's certificate, or its authority's, has expired: it needs a new one";
}

std::string not_yet_valid(const nats_settings&) {
  return "the server's certificate is not valid yet: are both clocks right?";
}

std::string no_tls(const nats_settings&) {
  return "nats.servers or nats.tls-ca asks for TLS, which this server does not offer";
}

std::string other_tls(const nats_settings&) {
  return "the server and we do not agree on TLS";
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

std::string expired_login(const nats_settings&) {
  return "the login in nats.credentials-file has expired";
}

std::string no_nkeys(const nats_settings&) {
  return "the server asks for no key: it knows none of nats.nkey-seed-file or "
         "nats.credentials-file";
}

std::string nobody(const nats_settings&) {
  return "nobody answers there: is the server running, and nats.servers right?";
}

struct rule {
  std::string_view part; ///< of the library's error text
  std::string (*means)(const nats_settings&);
};

/// The first matching rule is used.
constexpr rule nats_rules[]{
    {"unable to get local issuer certificate", strange_authority},
    {"self-signed certificate", strange_authority},
    {"self signed certificate", strange_authority},
    {"unable to verify the first certificate", strange_authority},
    {"certificate signature failure", strange_authority},
    {"address mismatch", wrong_name},
    {"ostname mismatch", wrong_name},
    {"certificate has expired", expired},
    {"certificate is not yet valid", not_yet_valid},
    {"Secure Connection not available", no_tls},
    {"SSL", other_tls},
    {"Expected 'PONG', got ''", ended},
    {"Connection Closed", closed},
    {"Authentication Expired", expired_login},
    {"uthorization Violation", refused_login},
    {"Authentication Violation", refused_login},
    {"ey expected", no_nkeys},
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
bool says_first(std::string_view error, std::string_view word) {
  return error.starts_with(word) || holds(error, fmt::format(": -{} ", word));
}

/// Explains OpenSSL's errors of a connection to Redis: errors in the server's certificate, and the
/// alerts with which a server rejects ours ("tlsv13 alert certificate required"). Empty for other
/// errors.
std::string redis_tls_meaning(std::string_view error, const redis_address& where,
                              const std::string& key) {
  for (const auto part :
       {"issuer certificate", "self-signed certificate", "unable to verify the first certificate",
        "certificate signature failure"})
    if (holds(error, part))
      return where.tls_ca.empty()
                 ? "its certificate is signed by nobody that this machine trusts: "
                   "name the authority in redis.tls-ca"
                 : "its certificate is not signed by the authority in redis.tls-ca";
  if (holds(error, "address mismatch") || holds(error, "ostname mismatch"))
    return "its certificate is for another name than " + key + " calls it by";
  if (holds(error, "certificate has expired"))
    return "its certificate, or its authority's, has expired: it needs a new one";
  if (holds(error, "certificate is not yet valid"))
    return "its certificate is not valid yet: are both clocks right?";
  if (holds(error, "wrong version number") || holds(error, "no answer in time"))
    return key + " asks for TLS: does this port speak it?";
  if (!holds(error, " alert "))
    return {};
  return where.tls_cert.empty() ? "it refuses us: it wants a certificate (redis.tls-cert, "
                                  "redis.tls-key)"
                                : "it refuses us: it may not trust the certificate in "
                                  "redis.tls-cert, or that has expired";
}

/// Explains an error of Redis or hiredis. Empty if it needs no explanation.
std::string redis_meaning(std::string_view error, const redis_address& where, std::string_view of) {
  const std::string key{of};
  if (error.starts_with("redis.tls-"))
    return {};
  if (error.starts_with("TLS: "))
    return redis_tls_meaning(error, where, key);
  if (error.starts_with("WRONGPASS") || holds(error, "invalid password"))
    return "the user or the password in " + key + " is wrong";
  if (error.starts_with("NOAUTH"))
    return "it wants a password: " + key + " has none";
  if (holds(error, "without any password configured") || holds(error, "no password is set"))
    return key + " has a password, but this Redis knows none: mend one of both";
  // Of a script: Redis 7, Redis 8.
  if (error.starts_with("NOPERM") || holds(error, "user executing the script can't")
      || holds(error, "ACL failure in script"))
    return "the user in " + key + " lacks a permission (docs/security.md lists them)";
  if (holds(error, "DB index is out of range"))
    return "it has no database " + std::to_string(where.database) + ", which " + key + " names";
  if (error.starts_with("DENIED"))
    return "it runs in protected mode: give it users with passwords, and " + key + " one of them";
  if (says_first(error, "READONLY"))
    return "it refuses to write: it is a replica; " + key + " must name the master, or sentinels";
  if (says_first(error, "OOM"))
    return "it refuses to write: its memory is full (maxmemory)";
  if (says_first(error, "MISCONF"))
    return "it refuses to write: it cannot save to its disk";
  if (says_first(error, "NOREPLICAS"))
    return "it refuses to write: fewer replicas follow it than min-replicas-to-write wants";
  if (says_first(error, "CROSSSLOT"))
    return "it is a cluster: give redis.key braces, as in redis.key = \"{hawkeye}\"";
  if (says_first(error, "MOVED"))
    return "it is one node of a cluster, and another one holds the key: " + key
           + " must name a Redis that holds all keys asked of it (docs/security.md)";
  if (says_first(error, "MASTERDOWN"))
    return "it is a replica that has lost its master: " + key + " must name a master, or sentinels";
  if (says_first(error, "BUSY"))
    return "a script of another client holds it up (SCRIPT KILL ends that)";
  if (says_first(error, "CLUSTERDOWN"))
    return "its cluster is down, or no node has the slot of the key";
  if (holds(error, "max number of clients"))
    return "it takes no more connections (maxclients)";
  if (holds(error, "invalid bulk length"))
    return "it refuses to write: the value is larger than it takes (proto-max-bulk-len)";
  if (holds(error, "unknown command"))
    return "it does not know this command: was it renamed or forbidden there? Of a sentinel, " + key
           + " is redis+sentinel://host:port/master-name/db";
  if (error.starts_with("Protocol error"))
    return "no Redis speaks there: " + key + " names the port of another program, or one for TLS";
  if (error.starts_with("Server closed the connection"))
    return where.tls ? "was it stopped?"
                     : "was it stopped, or is this a port for TLS (rediss:// in " + key + ")?";
  if (holds(error, "No such file or directory"))
    return "there is no such socket: is it running, and " + key + " right?";
  if (holds(error, "Permission denied"))
    return "the socket in " + key + " may not be used by the user that we run as";
  if (holds(error, "onnection refused"))
    return "nobody listens there: is it running, and " + key + " right?";
  if (holds(error, "name resolution") || holds(error, "service not known")
      || holds(error, "resolve"))
    return "the host in " + key + " is not known";
  return {};
}

} // namespace

std::string nats_problem(std::string_view error, const nats_settings& settings) {
  error = without_place(error);
  for (const auto& [part, means] : nats_rules)
    if (holds(error, part))
      return with_detail(means(settings), error);
  return printable(error);
}

std::string nats_detail(std::string_view error) {
  return printable(without_place(error));
}

bool redis_refuses_writes(std::string_view error) {
  return says_first(error, "READONLY") || says_first(error, "OOM") || says_first(error, "MISCONF")
         || says_first(error, "NOREPLICAS") || holds(error, "invalid bulk length");
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
