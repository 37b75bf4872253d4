// Keys, signed tokens and credentials files of NATS, made while a test runs, by the rules that NATS
// publishes (nkeys, JWT version 2): the real nats-server is the judge of them. Shares no code with
// the service.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

namespace hawkeye::test {

enum class nkey_kind : std::uint8_t { operator_ = 14 << 3, account = 0, user = 20 << 3 };

/// A fresh pair.
struct nkey {
  explicit nkey(nkey_kind kind);
  std::string seed, name; ///< S..., and the public key
  std::array<std::uint8_t, 32> secret{};
};

/// A token that `by` signs over `of`: {"type": "user", ...} as `nats`. Expires at `exp` (seconds
/// since 1970; 0: never).
std::string signed_token(const nkey& by, const nkey& of, nlohmann::json nats, std::int64_t exp = 0);

/// A server that trusts one operator, with one account.
struct nkey_world {
  nkey_world();
  /// For a nats-server's configuration.
  std::string server_config() const;
  /// What a credentials file holds for a new user of the account.
  std::string credentials(std::int64_t exp = 0) const;

  nkey owner{nkey_kind::operator_}, account{nkey_kind::account};
};

} // namespace hawkeye::test
