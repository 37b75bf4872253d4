#include "actors/process/platform.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <random>

#include <sys/random.h>
#include <uuid/uuid.h>

namespace hawkeye {

namespace {

random_source make_real_random() {
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  return [engine] {
    return std::uniform_real_distribution<double>{0.0, 1.0}(*engine);
  };
}

/// 16 bytes from the kernel, fetched for many at once: a refresh needs two names per device.
void fill_random(uuid_t& id) {
  thread_local std::array<unsigned char, 256> pool; // the most that getrandom gives in one piece
  thread_local std::size_t left = 0;
  if (left == 0) {
    if (getrandom(pool.data(), pool.size(), 0) != static_cast<ssize_t>(pool.size()))
      return uuid_generate_random(id);
    left = pool.size();
  }
  left -= sizeof(uuid_t);
  std::memcpy(id, pool.data() + left, sizeof(uuid_t));
}

std::string new_uuid() {
  uuid_t id;
  fill_random(id);
  id[6] = static_cast<unsigned char>((id[6] & 0x0f) | 0x40); // RFC 4122: version 4,
  id[8] = static_cast<unsigned char>((id[8] & 0x3f) | 0x80); // variant 1
  std::array<char, UUID_STR_LEN> text{};
  uuid_unparse_lower(id, text.data());
  return text.data();
}

} // namespace

platform real_platform() {
  return {[] { return to_timestamp(std::chrono::system_clock::now()); }, make_real_random,
          new_uuid};
}

} // namespace hawkeye
