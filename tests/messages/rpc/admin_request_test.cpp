#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/rpc/admin_request.hpp"

using namespace hawkeye;
using nlohmann::json;

TEST_CASE(
    "a request to explain names one serial number; everything else is refused with a sentence") {
  const auto good = read_admin_request(
      endpoint::explain, R"({"request_id":[1],"body":{"serial_number":"A\u0042","more":1}})");
  REQUIRE(std::holds_alternative<admin_request>(good));
  CHECK(std::get<admin_request>(good).serial_number == "AB");
  CHECK(std::get<admin_request>(good).request_id == "[1]");
  for (const char* body : {"{}", R"({"serial_number":7})", R"({"serial_number":""})",
                           R"({"serial_number":null})", R"({"serial_number":["A"]})"}) {
    CAPTURE(body);
    const auto request = std::string{R"({"request_id":"x","body":)"} + body + "}";
    const auto read = read_admin_request(endpoint::explain, request);
    REQUIRE(std::holds_alternative<rpc_refusal>(read));
    CHECK(std::get<rpc_refusal>(read).request_id == R"("x")");
    CHECK(std::get<rpc_refusal>(read).sentence.find("serial_number") != std::string::npos);
  }
  for (const char* request : {"", "[]", "{", R"({"request_id":1})", R"({"body":"text"})"})
    CHECK(std::holds_alternative<rpc_refusal>(read_admin_request(endpoint::explain, request)));
}

TEST_CASE("a wish for a refresh may name a serial number, and needs none") {
  CHECK(std::get<admin_request>(read_admin_body(endpoint::refresh, "")).serial_number.empty());
  CHECK(std::get<admin_request>(read_admin_body(endpoint::refresh, R"({"serial_number":null})"))
            .serial_number.empty());
  CHECK(std::get<admin_request>(read_admin_body(endpoint::refresh, R"({"serial_number":"A"})"))
            .serial_number
        == "A");
  CHECK(std::holds_alternative<rpc_refusal>(read_admin_body(endpoint::refresh, "[1]")));
  CHECK(std::holds_alternative<rpc_refusal>(read_admin_body(endpoint::refresh, "\xff")));
}
