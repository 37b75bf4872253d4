#include <vector>

#include <doctest/doctest.h>

#include "messages/base/text.hpp"

using namespace hawkeye;

TEST_CASE("whole numbers, addresses and escapes are read whole or not at all") {
  CHECK(whole_number<int>("-12") == -12);
  for (const char* text : {"", "1x", " 1", "+1", "99999999999"})
    CHECK_FALSE(whole_number<int>(text).has_value());
  CHECK(to_string(read_host_port("localhost:80").value()) == "localhost:80");
  CHECK(read_host_port("[::1]:80").value().host == "::1");
  CHECK(to_string(read_host_port("[::1]:80").value()) == "[::1]:80");
  for (const char* text : {"", "host", ":80", "host:", "host:65536", "::1:80", "[]:80"})
    CHECK_FALSE(read_host_port(text).has_value());
  CHECK(percent_decoded("a%2fb%2F%41") == "a/b/A");
  CHECK(percent_decoded("100%, %2, %zz, %1g, %") == "100%, %2, %zz, %1g, %");
  CHECK(trimmed(" \ta b\r\n") == "a b");
  CHECK(trimmed(" ").empty());
  CHECK(joined(std::vector<int>{1, 2, 3}) == "1, 2, 3");
}
