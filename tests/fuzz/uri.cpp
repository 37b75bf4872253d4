// Addresses: Redis', NATS servers', and the one that is listened on. Each input is read as each.
#include <string>

#include "messages/base/json.hpp"
#include "messages/config/config.hpp"
#include "messages/config/redis_uri.hpp"
#include "messages/config/text_forms.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

const std::string typed_password = "sEcReT,0f/aLl:dAyS?";

void check_redis(std::string_view bytes) {
  const auto read = parse_redis_uri(bytes);
  const auto* where = value_of(read);
  if (!where)
    return demand_sentence(read.error().reason, 200);
  auto without = *where;
  without.user.clear();
  without.password.clear();
  const auto again = parse_redis_uri(to_string(*where));
  demand(again.has_value() && *again == without,
         "an address reprinted means the same, without its secrets");
}

config_sources one_option(std::string key, std::string_view value) {
  config_sources result;
  result.options.emplace_back(std::move(key), value);
  return result;
}

/// Whoever types a URL, right or wrong, with this secret in it, does not see it again.
void check_secret(std::string_view before, std::string_view behind) {
  const auto url =
      "nats://" + std::string{before} + ":" + typed_password + "@" + std::string{behind};
  demand(url.find(typed_password) != url.rfind(typed_password)
             || without_secrets(url).find(typed_password) == std::string::npos,
         "a secret in a URL is not shown");
  const auto read = read_config(one_option("nats.servers", url));
  if (const auto* why = error_of(read)) {
    demand_sentence(why->reason, 1000);
    for (const auto* part : {"sEcReT", "aLl:dAyS?"})
      demand(url.find(part) != url.rfind(part) // the fuzzer learns
                 || why->reason.find(part) == std::string::npos,
             "no part of a secret in a URL is shown");
  }
}

void check_listen(std::string_view bytes) {
  const auto read = read_config(one_option("http.listen", bytes));
  if (const auto* why = error_of(read))
    demand_sentence(why->reason, 1000);
}

} // namespace

void uri(std::string_view bytes) {
  check_redis(bytes);
  check_secret(bytes.substr(0, bytes.size() / 2), bytes.substr(bytes.size() / 2));
  if (is_chosen(bytes, 3)) // all settings are made for this short text
    check_listen(bytes);
}

} // namespace hawkeye::fuzz
