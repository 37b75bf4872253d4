#include "tests/support/nkeys.hpp"

#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace hawkeye::test {

namespace {

using bytes = std::vector<std::uint8_t>;
using nlohmann::json;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// Base 2^`width` with this alphabet, no padding.
std::string encode(const bytes& data, int width, std::string_view alphabet) {
  std::string result;
  std::uint32_t gathered = 0;
  int bits = 0;
  for (const auto byte : data) {
    gathered = (gathered << 8) | byte;
    for (bits += 8; bits >= width; bits -= width)
      result += alphabet[(gathered >> (bits - width)) & ((1U << width) - 1)];
  }
  if (bits > 0)
    result += alphabet[(gathered << (width - bits)) & ((1U << width) - 1)];
  return result;
}

std::string base64url(const bytes& data) {
  return encode(data, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

std::string base64url(const std::string& text) {
  return base64url(bytes{text.begin(), text.end()});
}

std::string with_checksum(bytes data) {
  unsigned crc = 0;
  for (const auto byte : data) {
    crc ^= static_cast<unsigned>(byte) << 8;
    for (int i = 0; i < 8; ++i)
      crc = ((crc & 0x8000U) ? (crc << 1) ^ 0x1021U : crc << 1) & 0xFFFFU;
  }
  data.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
  data.push_back(static_cast<std::uint8_t>(crc >> 8));
  return encode(data, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}

key_ptr private_key(const std::array<std::uint8_t, 32>& secret) {
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()),
          EVP_PKEY_free};
}

bytes sign(const nkey& by, const std::string& text) {
  const auto key = private_key(by.secret);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hand{EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free};
  bytes result(64);
  std::size_t size = result.size();
  if (EVP_DigestSignInit(hand.get(), nullptr, nullptr, nullptr, key.get()) != 1
      || EVP_DigestSign(hand.get(), result.data(), &size,
                        reinterpret_cast<const unsigned char*>(text.data()), text.size())
             != 1)
    throw std::runtime_error{"OpenSSL does not sign"};
  return result;
}

const json no_limits{{"subs", -1},    {"data", -1},        {"payload", -1}, {"imports", -1},
                     {"exports", -1}, {"wildcards", true}, {"conn", -1},    {"leaf", -1}};

} // namespace

nkey::nkey(nkey_kind kind) {
  RAND_bytes(secret.data(), static_cast<int>(secret.size()));
  const auto mark = static_cast<std::uint8_t>(kind);
  constexpr std::uint8_t seed_mark = 18 << 3;
  bytes written{static_cast<std::uint8_t>(seed_mark | mark >> 5),
                static_cast<std::uint8_t>(mark << 3)};
  written.insert(written.end(), secret.begin(), secret.end());
  seed = with_checksum(written);
  bytes open(33);
  open[0] = mark;
  std::size_t size = 32;
  EVP_PKEY_get_raw_public_key(private_key(secret).get(), open.data() + 1, &size);
  name = with_checksum(open);
}

std::string signed_token(const nkey& by, const nkey& of, json nats, std::int64_t exp) {
  nats["version"] = 2;
  json claims{{"jti", "x"},         {"iat", 1600000000}, {"iss", by.name},
              {"name", "a test's"}, {"sub", of.name},    {"nats", std::move(nats)}};
  if (exp != 0)
    claims["exp"] = exp;
  const auto text =
      base64url(R"({"typ":"JWT","alg":"ed25519-nkey"})") + "." + base64url(claims.dump());
  return text + "." + base64url(sign(by, text));
}

nkey_world::nkey_world() = default;

std::string nkey_world::server_config() const {
  const json mine{{"type", "account"}, {"limits", no_limits}};
  return "operator: " + signed_token(owner, owner, {{"type", "operator"}})
         + "\nresolver: MEMORY\nresolver_preload: { " + account.name + ": "
         + signed_token(owner, account, mine) + " }\n";
}

std::string nkey_world::credentials(std::int64_t exp) const {
  const nkey user{nkey_kind::user};
  const json mine{{"type", "user"}, {"subs", -1}, {"data", -1}, {"payload", -1}};
  return "-----BEGIN NATS USER JWT-----\n" + signed_token(account, user, mine, exp)
         + "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" + user.seed
         + "\n------END USER NKEY SEED------\n";
}

} // namespace hawkeye::test
