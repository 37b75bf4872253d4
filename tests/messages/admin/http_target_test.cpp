#include <doctest/doctest.h>

#include "messages/admin/http_target.hpp"

using namespace hawkeye;

TEST_CASE("the target of an HTTP request is read as browsers, proxies and curl write it") {
  CHECK(read_http_target("/api/status").path == "/api/status");
  CHECK(read_http_target("http://host:5000/ready?x").path == "/ready");
  CHECK(read_http_target("https://host/").path == "/");
  CHECK(read_http_target("http://host").path.empty());
  CHECK(read_http_target("*").path == "*");
  CHECK(read_http_target("/a%2Fb%c3%a9+%zz%4").path == "/a/b\xc3\xa9+%zz%4");
  CHECK(read_http_target("/a%00b").path == std::string{"/a\0b", 4});
  CHECK(read_http_target("/?%-1=%+1").parameters.begin()->first == "%-1");
  const auto x = read_http_target("/p?a=1&b=%26+c&&d&a==2&=e").parameters;
  CHECK(x.count("a") == 2);
  CHECK(x.find("b")->second == "& c");
  CHECK(x.find("d")->second.empty());
  CHECK(x.find("")->second == "e");
  CHECK(x.size() == 5);
}
