// The door that libFuzzer knocks at. Which target: the environment variable FUZZ_TARGET, so that
// one binary serves them all and survives the library's own restarts.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto target = [] {
    const char* name = std::getenv("FUZZ_TARGET");
    const auto found = name ? hawkeye::fuzz::find_target(name) : nullptr;
    if (!found) {
      std::fputs("FUZZ_TARGET names no target\n", stderr);
      std::_Exit(2);
    }
    hawkeye::fuzz::checks_everything = std::getenv("FUZZ_EVERYTHING") != nullptr;
    return found;
  }();
  target({reinterpret_cast<const char*>(data), size});
  return 0;
}
