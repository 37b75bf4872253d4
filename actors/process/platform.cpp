#include "actors/process/platform.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <string_view>
#include <system_error>

#include <unistd.h>

namespace hawkeye {

namespace {

random_source make_real_random() {
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  return [engine] {
    return std::uniform_real_distribution<double>{0.0, 1.0}(*engine);
  };
}

/// A random UUID (version 4). The kernel is asked for the bytes of 16 UUIDs at a time, the most
/// that getentropy gives: a refresh needs two per device, and libuuid, which asks for each one,
/// took a fifteenth of its CPU time.
std::string new_uuid() {
  thread_local std::array<std::uint8_t, 256> bytes;
  thread_local std::size_t used = bytes.size();
  if (used == bytes.size()) {
    if (getentropy(bytes.data(), bytes.size()) != 0)
      throw std::system_error{errno, std::generic_category(), "random bytes of the kernel"};
    used = 0;
  }
  auto* id = &bytes[used];
  used += 16;
  id[6] = static_cast<std::uint8_t>((id[6] & 0x0F) | 0x40);
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3F) | 0x80);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      text += '-';
    text += digits[id[i] >> 4];
    text += digits[id[i] & 15];
  }
  return text;
}

} // namespace

platform real_platform() {
  return {[] { return to_timestamp(std::chrono::system_clock::now()); }, make_real_random,
          new_uuid};
}

} // namespace hawkeye
