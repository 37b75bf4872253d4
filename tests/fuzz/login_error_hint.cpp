// What NATS and Redis say when they do not let us in: the first byte says with what login. They
// repeat a password whole, or Redis the beginning of one that is longer than it quotes.
#include "messages/config/login_error_hint.hpp"

#include <string>
#include <vector>

#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

const std::string password = "kept-quiet-" + std::string(150, 'q') + "-to-the-end";

/// Even the beginning of a secret tells much of it.
void check(const std::string& told, bool heard) {
  if (!told.empty()) // of what says nothing else nothing is left
    demand_sentence(told, 500);
  demand(heard || told.find(password.substr(0, 8)) == std::string::npos, "no secret is told");
}

nats_settings make_login(unsigned which) {
  nats_settings result;
  result.servers = {"nats://" + (which & 1 ? "u:" + password + "@" : std::string{}) + "h:4222"};
  if (which & 2)
    result.user = "u", result.password = password;
  if (which & 4)
    result.token = password;
  if (which & 8)
    result.nkey_seed_file = "/seed";
  if (which & 16)
    result.credentials_file = "/credentials";
  if (which & 32)
    result.tls_ca = result.tls_cert = "/pem";
  return result;
}

const nats_settings& login(unsigned char which) {
  static const auto all = [] {
    std::vector<nats_settings> result;
    for (unsigned i = 0; i < 64; ++i)
      result.push_back(make_login(i));
    return result;
  }();
  return all[which % 64];
}

} // namespace

void login_error_hint(std::string_view bytes) {
  if (bytes.empty())
    return;
  const auto which = static_cast<unsigned char>(bytes[0]);
  const std::string said{bytes.substr(1)};
  const bool heard = said.find(password.substr(0, 8)) != std::string::npos; // not from us
  check(nats_problem(said, login(which)), heard);
  static const auto where = [] {
    redis_address result;
    result.host = "h";
    result.password = password;
    return result;
  }();
  check(redis_problem(said, where, "redis.uri"), heard);
  check(redis_problem(said + password + said, where, "redis.uri"), heard);
  const auto quoted = password.substr(0, which);
  for (const auto* quote : {"'", "`"})
    check(redis_problem("ERR unknown command 'AUTH', with args beginning with: " + (quote + said)
                            + quote + " " + quote + quoted + quote + ", ",
                        where, "redis.uri"),
          false);
}

} // namespace hawkeye::fuzz
