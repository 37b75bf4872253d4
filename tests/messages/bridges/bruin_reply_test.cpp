// What Bruin says about a serial number: a customer, no customer, or nothing that can be
// understood.
#include "messages/bridges/bruin_reply.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/base/limits.hpp"

namespace hawkeye {
namespace {

json_slice body_of(std::string_view text) {
  auto payload = make_payload(text);
  const auto view = payload->view();
  return {std::move(payload), view};
}

TEST_CASE("the first client of a list counts, and its entry is kept as Bruin wrote it") {
  struct row {
    std::string_view body, first, id;
    std::vector<std::string> all;
  };
  const std::vector<row> rows{
      {"[]", "", "", {}},
      {" [ ] ", "", "", {}},
      {R"([{"client_id":9994,"client_name":"METTEL/NEW YORK","site_id":343}])",
       R"({"client_id":9994,"client_name":"METTEL/NEW YORK","site_id":343})",
       "9994",
       {"9994"}},
      {R"([ { "client_name":null, "client_id" : 12 , "more":{"client_id":[1]} } ])",
       R"({ "client_name":null, "client_id" : 12 , "more":{"client_id":[1]} })",
       "12",
       {"12"}},
      {R"([{"client_id":"a\u00e4-7"}])",
       R"({"client_id":"a\u00e4-7"})",
       R"("a\u00e4-7")",
       {R"("a\u00e4-7")"}},
      {R"([{"client\u005fid":7},{"\u0063lient_id":"8"},{"client\u005fId":9}])",
       R"({"client\u005fid":7})",
       "7",
       {"7", R"("8")", "null"}},
      {R"([{"client_id":1},{"client_id":2,"x":[{}]},{"client_id":1}])",
       R"({"client_id":1})",
       "1",
       {"1", "2", "1"}},
      {R"([{"client_id":1},{"client_id":null},{},7,"x",[{"client_id":3}],{"client_id":4}])",
       R"({"client_id":1})",
       "1",
       {"1", "null", "null", "null", "null", "null", "4"}},
  };
  for (const auto& x : rows) {
    CAPTURE(x.body);
    const auto answer = read_client_info(body_of(x.body));
    REQUIRE(answer.has_value());
    const auto& info = *answer;
    CHECK(info.first == x.first);
    CHECK(info.client_id == x.id);
    CHECK(info.all_ids == x.all);
  }
}

TEST_CASE("an answer of the wrong shape is a failure, never taken for: no customer") {
  for (const std::string_view body : {"",
                                      "null",
                                      "{}",
                                      "\"\"",
                                      "\"no client\"",
                                      "0",
                                      "true",
                                      R"({"client_id":1})",
                                      "[1]",
                                      "[null]",
                                      "[[]]",
                                      R"(["client_id"])",
                                      "[{}]",
                                      R"([{"client_name":"x"}])",
                                      R"([{"client_id":null}])",
                                      R"([{"client_id":true}])",
                                      R"([{"client_id":[1]}])",
                                      R"([{"client_id":{"client_id":1}}])",
                                      R"([1,{"client_id":1}])",
                                      R"([{"client_id":1})",
                                      R"([{"client_id":1}]])",
                                      R"([{"client_id":1,"x":nul}])",
                                      R"([{"client_id":01}])",
                                      R"([{"client_id":1 "x":2}])",
                                      "[{\"client_id\":\"\xFF\"}]",
                                      "[",
                                      "garbage"}) {
    CAPTURE(body);
    const auto answer = read_client_info(body_of(body));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().reason.find("client") != std::string::npos);
  }
}

TEST_CASE("a management status is a text or nothing; any other type is a failure") {
  const auto read = [](std::string_view body) {
    return read_management_status(body_of(body));
  };
  CHECK(*read("null") == std::nullopt);
  CHECK(*read("\"\"") == "");
  CHECK(*read("\"Pending\"") == "Pending");
  CHECK(*read(R"("Active \u2013 Gold Monitoring")") == "Active \xE2\x80\x93 Gold Monitoring");
  CHECK(*read("\"Active \xE2\x80\x93 Gold Monitoring\"") == "Active \xE2\x80\x93 Gold Monitoring");
  for (const std::string_view body :
       {"", "0", "true", "[]", "{}", "[\"Pending\"]", "\"Pending", "Pending", "\"a\"b\"", "nul"}) {
    CAPTURE(body);
    REQUIRE_FALSE(read(body).has_value());
    CHECK(read(body).error().reason.find("management status") != std::string::npos);
  }
}

TEST_CASE("a failure quotes at most 200 characters of the answer") {
  const std::string long_text = "{\"x\":\"" + std::string(10'000, 'y') + "\"}";
  CHECK(read_client_info(body_of(long_text)).error().reason.size() < 300);
  CHECK(read_management_status(body_of(long_text)).error().reason.size() < 300);
}

TEST_CASE("a client that fills the memory is refused whole, and named as over the limit") {
  const auto list_of = [](std::size_t clients) {
    std::string result = R"([{"client_id":1})";
    for (std::size_t i = 1; i < clients; ++i)
      result += R"(,{"client_id":1})";
    return result + "]";
  };
  const auto long_id = [](std::size_t bytes) {
    return R"([{"client_id":")" + std::string(bytes - 2, '9') + "\"}]";
  };
  const auto long_client = [](std::size_t bytes) {
    const std::string begin = R"({"client_id":1,"client_name":")", end = "\"}";
    return "[" + begin + std::string(bytes - begin.size() - end.size(), 'x') + end + "]";
  };
  for (const auto& good :
       {list_of(max_clients), long_id(max_client_id_bytes), long_client(max_client_bytes)})
    CHECK(read_client_info(body_of(good)).has_value());
  for (const auto& bad : {list_of(max_clients + 1), long_id(max_client_id_bytes + 1),
                          long_client(max_client_bytes + 1)}) {
    const auto answer = read_client_info(body_of(bad));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().reason.find("longer than") != std::string::npos);
  }
  const auto status = [](std::size_t bytes) {
    return read_management_status(body_of('"' + std::string(bytes - 2, 'x') + '"'));
  };
  CHECK(status(max_status_bytes).has_value());
  REQUIRE_FALSE(status(max_status_bytes + 1).has_value());
  CHECK(status(max_status_bytes + 1).error().reason.find("longer than 1 kB") != std::string::npos);
}

TEST_CASE("the questions to Bruin are valid JSON, whatever the serial number holds") {
  for (const std::string serial : {"B827EB76A8DE", "", "a\"b\\c", "line\nbreak", "\xC3\xA4"}) {
    CAPTURE(serial);
    const nlohmann::json first = {{"service_number", serial}};
    CHECK(nlohmann::json::parse(client_info_request_body(serial)) == first);
    const nlohmann::json second = {
        {"client_id", 9994}, {"service_number", serial}, {"status", "A"}};
    CHECK(nlohmann::json::parse(management_status_request_body("9994", serial)) == second);
  }
  CHECK(nlohmann::json::parse(management_status_request_body("\"x\"", "1"))["client_id"] == "x");
}

} // namespace
} // namespace hawkeye
