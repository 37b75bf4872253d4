// What nobody should send: requests over NATS and HTTP, huge and malformed in many ways, by a seed.
// Pure; who sends them is hostile_clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace hawkeye::soak {

class hostile_bytes {
public:
  explicit hostile_bytes(std::uint64_t seed) : luck_{seed} {}

  /// A request for any subject, of at most `most` bytes: small ones often, large ones too.
  std::string message(std::size_t most);
  /// What a client sends over a connection to the pages.
  std::string http();

  std::uint64_t draw() {
    return luck_();
  }

private:
  std::size_t size(std::size_t most);
  std::string noise(std::size_t size);

  std::mt19937_64 luck_;
};

} // namespace hawkeye::soak
