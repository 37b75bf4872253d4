// What a bridge may answer, and what the service makes of it.
#include "messages/bridges/bridge_message.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/base/json.hpp"

namespace hawkeye {
namespace {

const std::string token = "0123abcd-4567-89AB-cdef-0123456789ab";

/// What a reply came to, in words.
std::string verdict_on(std::string_view bytes) {
  const auto reply = read_bridge_reply(make_payload(bytes));
  if (const auto* body = std::get_if<json_slice>(&reply))
    return "body " + std::string{body->text};
  if (const auto* stored = std::get_if<stored_elsewhere>(&reply))
    return "stored " + stored->token;
  return "failure: " + std::get<bridge_failure>(reply).reason;
}

bool is_failure_naming(std::string_view bytes, std::string_view what) {
  const auto verdict = verdict_on(bytes);
  return verdict.starts_with("failure: ") && verdict.find(what) != std::string::npos;
}

TEST_CASE("the body of a good reply arrives as the bridge wrote it, whatever stands around it") {
  struct row {
    std::string_view bytes, body;
  };
  const std::vector<row> rows{
      {R"({"body":[],"status":200})", "[]"},
      {R"({"status":200,"body":[1,2]})", "[1,2]"},
      {R"({"request_id":"x","body":"Pending","status":200})", "\"Pending\""},
      {R"({"body":null,"status":200})", "null"},
      {R"( { "more" : {"body":1,"status":500} , "status" : 299 ,"body": { "a" : 1 }  } )",
       R"({ "a" : 1 })"},
      {R"({"is_stored":false,"token":7,"body":1,"status":204})", "1"},
      {R"({"\u0062ody":1,"st\u0061tus":200})", "1"},
      {"{\"body\":\"\xE2\x80\x93\",\"status\":200}", "\"\xE2\x80\x93\""},
  };
  for (const auto& x : rows) {
    CAPTURE(x.bytes);
    CHECK(verdict_on(x.bytes) == "body " + std::string{x.body});
  }
}

TEST_CASE("a body is a part of the payload, keeps it alive and has the padding for its parser") {
  json_slice body;
  const char* begin = nullptr;
  {
    const auto payload = make_payload(R"({"status":200,"body":[1]})");
    begin = payload->data();
    body = std::get<json_slice>(read_bridge_reply(payload));
  }
  CHECK(body.text.data() == begin + 21);
  CHECK(body.owner->data() == begin);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  const simdjson::padded_string_view text{body.text, body.text.size() + simdjson::SIMDJSON_PADDING};
  CHECK_FALSE(parser.iterate(text).get(document));
}

TEST_CASE("every other reply is a failure that says what was wrong, never a body") {
  struct row {
    std::string bytes;
    std::string_view named;
  };
  const std::vector<row> rows{
      {"", "no JSON object"},
      {"   ", "no JSON object"},
      {"garbage", "garbage"},
      {"[]", "no JSON object"},
      {"null", "no JSON object"},
      {R"({"body":[],"status":200)", "no JSON object"},
      {R"({"body":[],"status":200}})", "no JSON object"},
      {R"({"body":[1,],"status":200})", "no JSON object"},
      {R"({"body":{"skipped":tru},"status":200})", "no JSON object"},
      {"{\"body\":\"\xFF\",\"status\":200}", "no JSON object"},
      {R"({"body":[],"status":200,})", "no JSON object"},
      {R"({"body":)" + std::string(10'000, '[') + std::string(10'000, ']') + R"(,"status":200})",
       "no JSON object"},
      {R"({"body":[]})", "no status"},
      {R"({"status":200})", "no body"},
      {R"({"body":"late","status":null})", "null"},
      {R"({"body":"late","status":"200"})", "\"200\""},
      {R"({"body":"late","status":200.0})", "200.0"},
      {R"({"body":"late","status":2e2})", "2e2"},
      {R"({"body":"late","status":true})", "true"},
      {R"({"body":"late","status":199})", "199"},
      {R"({"body":"late","status":300})", "300"},
      {R"({"body":"late","status":-200})", "-200"},
      {R"({"body":"late","status":99999999999999999999})", "99999999999999999999"},
      {R"({"body":{"error":"no paging"},"status":500})", "no paging"},
      {R"({"body":null,"status":503})", "503"},
      {R"({"status":404})", "404"},
      {R"({"body":1,"body":2,"status":200})", "twice"},
      {R"({"body":1,"status":200,"status":200})", "twice"},
      {R"({"body":1,"\u0062ody":2,"status":200})", "twice"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.bytes.substr(0, 80));
    CAPTURE(verdict_on(x.bytes));
    CHECK(is_failure_naming(x.bytes, x.named));
  }
}

TEST_CASE(
    "a reply with any one byte changed or cut off is judged as another JSON parser judges it") {
  const std::string good =
      "{\"request_id\": "
      "\"x\",\"body\":[{\"client_id\":9994,\"client_name\":\"METTEL\\/\xE2\x80\x93\","
      "\"site_id\":null,\"more\":[1.5e3,{},true]}] ,\"status\":200}";
  const auto judged_alike = [](const std::string& text) {
    const auto parsed = nlohmann::json::parse(text, nullptr, false);
    return is_failure_naming(text, "no JSON object") != parsed.is_object();
  };
  std::size_t taken = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    CHECK(judged_alike(good.substr(0, at)));
    for (const char c : std::string_view{"\"\\{}[]:,0- e\n\x1F\xFFx"}) {
      auto changed = good;
      changed[at] = c;
      CAPTURE(changed);
      CHECK(judged_alike(changed));
      taken += nlohmann::json::accept(changed) ? 1 : 0;
    }
  }
  CHECK(taken > 100); // both sides of the question were asked
}

TEST_CASE("a reply nested as deep as the limit is taken, and one level more is refused") {
  const auto nested = [](std::size_t depth) {
    return R"({"body":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']')
           + R"(,"status":200})";
  };
  CHECK(verdict_on(nested(max_json_depth)).starts_with("body "));
  CHECK(is_failure_naming(nested(max_json_depth + 1), "no JSON object"));
}

TEST_CASE("of a long reply that is no JSON the place is quoted at which it stops to be") {
  std::string probes;
  for (int i = 0; i < 50; ++i)
    probes += R"({"serialNumber":"A)" + std::to_string(i) + R"(","latitude":)"
              + (i == 48 ? "NaN" : "1.5") + "},";
  const auto text = R"({"body":[)" + probes + R"(1],"status":200})";
  CHECK(is_failure_naming(text, R"("A48","latitude":NaN})"));
  CHECK(is_failure_naming(text, "byte " + std::to_string(text.find("NaN") + 1)));
}

TEST_CASE("a failure quotes little of the reply, and nothing that could forge a log line") {
  const auto verdict = verdict_on(R"({"body":"\u001b)"
                                  "\x7F"
                                  + std::string(5'000, 'x') + R"(","status":500})");
  CHECK(verdict.size() < 400);
  CHECK(verdict.find('\x7F') == std::string::npos);
  const auto garbage = verdict_on("a\nb\x1b[31m" + std::string(5'000, 'x'));
  CHECK(garbage.size() < 400);
  CHECK(garbage.find('\n') == std::string::npos);
  CHECK(garbage.find('\x1b') == std::string::npos);
}

TEST_CASE("a stored reply is followed only where its token has the form of one") {
  struct row {
    std::string token;
    bool followed;
  };
  const std::vector<row> rows{
      {token, true},
      {std::string(20, 'a'), true},
      {std::string(40, '-'), true},
      {std::string(19, 'a'), false},
      {std::string(41, 'a'), false},
      {"", false},
      {"hawkeye:lease-aaaaaaaaaaaa", false},
      {"aaaaaaaaaaaaaaaaaaa aaaaaa", false},
      {"aaaaaaaaaaaaaaaaaaa_aaaaaa", false},
      {"aaaaaaaaaaaaaaaaaaaaaaaa\xC3\xA4", false},
  };
  for (const auto& x : rows) {
    CAPTURE(x.token);
    CHECK(is_token(x.token) == x.followed);
    const auto bytes = R"({"is_stored":true,"token":")" + x.token + R"("})";
    if (x.followed)
      CHECK(verdict_on(bytes) == "stored " + x.token);
    else
      CHECK(is_failure_naming(bytes, "token"));
  }
  CHECK_FALSE(is_token(std::string_view{"aaaaaaaaaaaaaaaaaaaaaa\0aaa", 26}));
  CHECK(verdict_on(R"({"request_id":"1","token":")" + token + R"(","is_stored": true })")
        == "stored " + token);
  CHECK(is_failure_naming(R"({"is_stored":true})", "token"));
  CHECK(is_failure_naming(R"({"is_stored":true,"token":12345678901234567890})", "token"));
  CHECK(is_failure_naming(R"({"is_stored":true,"token":"a","token":"b"})", "twice"));
  // Only the truth is followed: a text "true" is an ordinary member.
  CHECK(is_failure_naming(R"({"is_stored":"true","token":")" + token + R"("})", "no status"));
}

TEST_CASE("a request to a bridge is valid JSON with the id and the body, whatever the id holds") {
  for (const std::string id : {"", "7b1c", "with \"quotes\" and \\", "line\nbreak", "\xFF"}) {
    const auto request = nlohmann::json::parse(bridge_request(id, R"({"a":[1]})"));
    CHECK(request.size() == 2);
    CHECK(request["body"] == nlohmann::json::parse(R"({"a":[1]})"));
    CHECK(request["request_id"] == (id == "\xFF" ? "\xEF\xBF\xBD" : id));
  }
}

TEST_CASE(
    "the acknowledgement of a JetStream stream is no bridge's reply, and nothing else is one") {
  for (
      const auto* bytes :
      {R"({"stream":"EVERYTHING", "seq":1})", R"({"stream":"a","seq":18446744073709551615})",
       R"({"stream":"a","domain":"hub","seq":7,"duplicate":true})",
       R"({"error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"},"seq":0})",
       R"({"error":{"code":400,"err_code":10071,"description":"wrong last sequence"},"stream":"a","seq":0})"})
    CHECK_MESSAGE(is_stream_acknowledgement(bytes), bytes);
  for (
      const auto* bytes :
      {R"({"body":[],"status":200})", R"({"stream":"a","seq":1,"status":200,"body":[]})",
       R"({"error":"no","status":500})", R"({"error":"no"})", R"({"stream":7,"seq":1})", "{}", "",
       R"({"stream":"a"})", R"({"seq":1})", R"(["stream","seq"])",
       R"({"is_stored":true,"token":"0123abcd-4567-89AB-cdef-0123456789ab","stream":"a","seq":1})"})
    CHECK_FALSE_MESSAGE(is_stream_acknowledgement(bytes), bytes);
}

TEST_CASE("a reply without the contract's form is quoted in the failure") {
  CHECK(is_failure_naming(R"({"answer":42})", R"(the reply has no status: {"answer":42})"));
  CHECK(
      is_failure_naming(R"({"status":200,"answer":42})", R"(no body: {"status":200,"answer":42})"));
  CHECK(verdict_on(R"({"answer":")" + std::string(5000, 'x') + R"("})").size() < 300);
}

} // namespace
} // namespace hawkeye
