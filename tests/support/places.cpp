#include "tests/support/places.hpp"

namespace hawkeye::test {

const std::string& service_program() {
  static const std::string result{SERVICE};
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
