#include "tests/support/places.hpp"

#include <cstdlib>

namespace hawkeye::test {

const std::string& service_program() {
  static const char* other = std::getenv("HAWKEYE_TESTED_SERVICE"); // built otherwise: scripts/tsan
  static const std::string result{other ? other : SERVICE};
  return result;
}

const std::string& stand_in_program() {
  static const std::string result{STAND_IN};
  return result;
}

std::string source_path(const std::string& from_top) {
  return SOURCE_TREE "/" + from_top;
}

} // namespace hawkeye::test
