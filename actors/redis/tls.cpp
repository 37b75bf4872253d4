#include "actors/redis/tls.hpp"

#ifdef HAWKEYE_REDIS_TLS

#include <cerrno>
#include <memory>

#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace hawkeye {

namespace {

using ssl_context = std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>;

/// The last error of OpenSSL in this thread; empty: there is none.
std::string openssl_error() {
  const auto code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  return code == 0 ? "" : reason ? reason : fmt::format("error {}", code);
}

unexpected_failure unusable(const char* key, const std::string& file) {
  return fail("{} = \"{}\" cannot be used: {}", key, file, openssl_error());
}

expected<ssl_context> make_context(const redis_address& x) {
  ERR_clear_error();
  ssl_context result{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  auto* raw = result.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  if (x.tls_ca.empty())
    SSL_CTX_set_default_verify_paths(raw);
  else if (SSL_CTX_load_verify_locations(raw, x.tls_ca.c_str(), nullptr) != 1)
    return unusable("redis.tls-ca", x.tls_ca);
  if (x.tls_cert.empty())
    return result;
  if (SSL_CTX_use_certificate_chain_file(raw, x.tls_cert.c_str()) != 1)
    return unusable("redis.tls-cert", x.tls_cert);
  if (SSL_CTX_use_PrivateKey_file(raw, x.tls_key.c_str(), SSL_FILETYPE_PEM) != 1)
    return unusable("redis.tls-key", x.tls_key);
  return result;
}

} // namespace

std::optional<failure> unsupported(const redis_address&, std::string_view) {
  return {};
}

std::optional<failure> start_redis_tls(redisContext& connection, const redis_address& address) {
  auto context = make_context(address);
  if (auto* why = error_of(context))
    return *why;
  std::unique_ptr<SSL, void (*)(SSL*)> owned{SSL_new(context->get()), SSL_free};
  auto* ssl = owned.get(); // keeps the context alive
  auto* parameters = SSL_get0_param(ssl);
  // hiredis does not verify the name. The host is either an address or a name.
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, address.host.c_str()) != 1) {
    SSL_set1_host(ssl, address.host.c_str());
    SSL_set_tlsext_host_name(ssl, address.host.c_str());
  }
  if (redisInitiateSSL(&connection, ssl) == REDIS_OK) {
    owned.release(); // the connection owns it now
    return {};
  }
  const bool late = errno == EAGAIN;
  if (const auto verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK)
    return fail("TLS: {}", X509_verify_cert_error_string(verdict));
  if (const auto why = last_tls_error(); !why.empty())
    return fail(why);
  return fail("{}", late ? "TLS: no answer in time" : connection.errstr);
}

std::string last_tls_error() {
  const auto why = openssl_error();
  return why.empty() ? why : "TLS: " + why;
}

} // namespace hawkeye

#else

namespace hawkeye {

std::optional<failure> unsupported(const redis_address& address, std::string_view key) {
  if (!address.tls)
    return {};
  return fail(
      "{}: rediss:// needs a library (hiredis 1.x) that this build lacks: use the build for "
      "Debian 13, the container image, or redis:// through a tunnel (docs/security.md)",
      key);
}

std::optional<failure> start_redis_tls(redisContext&, const redis_address& address) {
  return unsupported(address, "redis.uri");
}

std::string last_tls_error() {
  return {};
}

} // namespace hawkeye

#endif
