// The file of a NATS seed, as people and tools write it.
#include <algorithm>
#include <set>
#include <string>

#include "messages/config/nkey.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

bool is_base32(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
}

/// Nothing of a seed: our own words have two capitals in a row at most.
void check_refusal(const failure& why) {
  demand_sentence(why.reason, 200);
  std::size_t run = 0;
  for (const char c : why.reason) {
    run = is_base32(c) ? run + 1 : 0;
    demand(run < 3, "a refusal shows nothing of a seed");
  }
}

/// Ed25519 takes its time, and the fuzzer finds few seeds but what stands around them.
bool is_new(const std::string& seed) {
  static std::set<std::string> known;
  if (known.size() > 1000)
    known.clear();
  return known.insert(seed).second;
}

void check_seed(const std::string& seed) {
  const auto key = public_user_key(seed);
  demand(key.has_value(), "a seed that is found has a public key");
  const auto& text = *key;
  demand(text.size() == 56 && text[0] == 'U' && std::all_of(text.begin(), text.end(), is_base32),
         "a public key has the form that the server knows");
  demand(text.find(seed.substr(2, 10)) == std::string::npos, "a public key shows no seed");
  for (std::size_t i = 0; i < seed.size(); ++i) {
    auto mistyped = seed;
    mistyped[i] = mistyped[i] == 'A' ? 'B' : 'A';
    demand(!public_user_key(mistyped).has_value(), "a mistyped seed is refused");
  }
}

} // namespace

void nkey_seed(std::string_view bytes) {
  const auto found = find_user_seed(bytes);
  if (const auto* why = error_of(found))
    return check_refusal(*why);
  const auto& seed = *found;
  demand(seed.starts_with("SU") && bytes.find(seed) != std::string_view::npos,
         "a seed is one that stands there");
  if (is_new(seed) || checks_everything)
    check_seed(seed);
}

} // namespace hawkeye::fuzz
