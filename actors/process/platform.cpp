#include "actors/process/platform.hpp"

#include <array>
#include <memory>
#include <random>

#include <uuid/uuid.h>

namespace hawkeye {

namespace {

random_source make_real_random() {
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  return [engine] {
    return std::uniform_real_distribution<double>{0.0, 1.0}(*engine);
  };
}

/// 2 us each; a refresh needs two per device.
std::string new_uuid() {
  uuid_t id;
  uuid_generate_random(id);
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
