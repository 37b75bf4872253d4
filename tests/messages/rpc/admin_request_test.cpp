#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/rpc/admin_request.hpp"

using namespace hawkeye;
using nlohmann::json;

TEST_CASE(
    "a request to explain names one serial number; everything else is refused with a sentence") {
  const auto good = read_admin_request(
      endpoint::explain, R"({"request_id":[1],"body":{"serial_number":"A\u0042","more":1}})");
  REQUIRE(good.has_value());
  CHECK(good->serial_number == "AB");
  CHECK(good->request_id == "[1]");
  for (const char* body : {"{}", R"({"serial_number":7})", R"({"serial_number":""})",
                           R"({"serial_number":null})", R"({"serial_number":["A"]})"}) {
    CAPTURE(body);
    const auto request = std::string{R"({"request_id":"x","body":)"} + body + "}";
    const auto read = read_admin_request(endpoint::explain, request);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().request_id == R"("x")");
    CHECK(read.error().sentence.find("serial_number") != std::string::npos);
  }
  for (const char* request : {"", "[]", "{", R"({"request_id":1})", R"({"body":"text"})"})
    CHECK_FALSE(read_admin_request(endpoint::explain, request).has_value());
}

TEST_CASE("members that no request has may hold any JSON") {
  for (const char* more : {"1e400", R"("\ud800")", "[[]]"}) {
    const auto body = std::string{R"({"serial_number":"A","more":)"} + more + "}";
    CHECK(read_admin_body(endpoint::explain, body)->serial_number == "A");
  }
}

TEST_CASE("a refresh request may name a serial number, and needs none") {
  CHECK(read_admin_body(endpoint::refresh, "")->serial_number.empty());
  CHECK(read_admin_body(endpoint::refresh, R"({"serial_number":null})")->serial_number.empty());
  CHECK(read_admin_body(endpoint::refresh, R"({"serial_number":"A"})")->serial_number == "A");
  CHECK_FALSE(read_admin_body(endpoint::refresh, "[1]").has_value());
  CHECK_FALSE(read_admin_body(endpoint::refresh, "\xff").has_value());
}

TEST_CASE("an instance that asks whether another one refreshes is told apart from other requests") {
  const auto asked =
      read_admin_body(endpoint::refresh, R"({"ask":"status","instead_of":"us/1","claims":true})");
  CHECK(asked->instead_of == "us/1");
  CHECK(asked->claims);
  CHECK(asked->leader_status); // what an instance of an earlier version answers to
  for (const char* body : {"{}", R"({"instead_of":7,"claims":"true"})", R"({"instead_of":null})"}) {
    CHECK(read_admin_body(endpoint::refresh, body)->instead_of.empty());
    CHECK_FALSE(read_admin_body(endpoint::refresh, body)->claims);
  }
}
