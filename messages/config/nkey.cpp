#include "messages/config/nkey.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <openssl/evp.h>

#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

using bytes = std::vector<std::uint8_t>;

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t key_size = 32;
/// The prefix bytes: they make the base 32 text begin with SU (seed) or U (public key).
constexpr std::uint8_t seed_mark = 18 << 3, user_mark = 20 << 3;
/// Characters for two prefix bytes, the key and two checksum bytes.
constexpr std::size_t seed_length = 58;

/// CRC-16/XMODEM. It is appended to the data with the least significant byte first.
std::uint16_t checksum(const std::uint8_t* data, std::size_t size) {
  std::uint16_t crc = 0;
  for (std::size_t i = 0; i < size; ++i) {
    crc = static_cast<std::uint16_t>(crc ^ (data[i] << 8));
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<std::uint16_t>((crc & 0x8000) ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  return crc;
}

std::optional<bytes> from_base32(std::string_view text) {
  bytes result;
  std::uint32_t gathered = 0;
  int bits = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos)
      return {};
    gathered = (gathered << 5) | static_cast<std::uint32_t>(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      result.push_back(static_cast<std::uint8_t>(gathered >> bits));
    }
  }
  if ((gathered & ((1U << bits) - 1)) != 0)
    return {};
  return result;
}

std::string to_base32(const bytes& data) {
  std::string result;
  std::uint32_t gathered = 0;
  int bits = 0;
  for (const auto byte : data) {
    gathered = (gathered << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5)
      result += alphabet[(gathered >> (bits - 5)) & 31];
  }
  if (bits > 0)
    result += alphabet[(gathered << (5 - bits)) & 31];
  return result;
}

const failure mistyped{"holds a seed that was not copied whole: its checksum is wrong"};

/// Decodes and checks a seed; returns its 32 key bytes.
expected<bytes> raw_seed(std::string_view seed) {
  const auto all = seed.size() == seed_length ? from_base32(seed) : std::nullopt;
  if (!all || all->size() != key_size + 4)
    return fail(mistyped);
  const auto guarded = all->size() - 2;
  const auto crc = checksum(all->data(), guarded);
  if ((*all)[guarded] != (crc & 0xFF) || (*all)[guarded + 1] != crc >> 8)
    return fail(mistyped);
  if ((*all)[0] != (seed_mark | user_mark >> 5)
      || (*all)[1] != static_cast<std::uint8_t>(user_mark << 3))
    return fail("holds no user's seed: it would begin with SU");
  return bytes(all->begin() + 2, all->begin() + 2 + key_size);
}

} // namespace

expected<std::string> find_user_seed(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find_first_of("\r\n");
    const auto line = trimmed(text.substr(0, end), " \t");
    if (line.starts_with("SU")) {
      if (auto raw = raw_seed(line); auto* why = error_of(raw))
        return fail(std::move(*why));
      return std::string{line};
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return fail("holds no user's seed: a line that begins with SU");
}

expected<std::string> public_user_key(std::string_view seed) {
  auto raw = raw_seed(seed);
  if (auto* why = error_of(raw))
    return fail(std::move(*why));
  const auto& secret = *raw;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()),
      EVP_PKEY_free};
  bytes result(1 + key_size);
  result[0] = user_mark;
  std::size_t size = key_size;
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), result.data() + 1, &size) != 1
      || size != key_size)
    return fail("cannot be used: this machine's OpenSSL has no Ed25519");
  const auto crc = checksum(result.data(), result.size());
  result.push_back(static_cast<std::uint8_t>(crc & 0xFF));
  result.push_back(static_cast<std::uint8_t>(crc >> 8));
  return to_base32(result);
}

} // namespace hawkeye
