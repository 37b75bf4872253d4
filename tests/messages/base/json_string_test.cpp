// Strings in JSON and in the log: any bytes become text that breaks neither.
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/base/json.hpp"

namespace hawkeye {
namespace {

using nlohmann::json;

const std::vector<std::string> good{R"("")",
                                    R"("a")",
                                    R"("\u00e4\n")",
                                    R"("\"\\\/\b\f\r\t")",
                                    R"("\ud83d\ude00")",
                                    "\"\xC3\xA4\xE2\x80\x93\""};

TEST_CASE("escapes are resolved as another parser does, half a surrogate becomes U+FFFD") {
  for (const auto& x : good)
    if (x.front() == '"') {
      CAPTURE(x);
      CHECK(unescape_json_string(x) == json::parse(x).get<std::string>());
    }
  for (unsigned code = 0; code < 0x10000; code += 7) {
    char literal[16];
    std::snprintf(literal, sizeof literal, "\"\\u%04x\"", code);
    const auto read = unescape_json_string(literal);
    REQUIRE(read);
    if (code >= 0xD800 && code < 0xE000)
      CHECK(*read == "\xEF\xBF\xBD");
    else
      CHECK(*read == json::parse(literal).get<std::string>());
  }
  CHECK(unescape_json_string(R"("\ud83d\ude00")") == "\xF0\x9F\x98\x80");
  CHECK(unescape_json_string(R"("\uDBFF\uDFFF")") == "\xF4\x8F\xBF\xBF");
  CHECK(unescape_json_string(R"("\ud83d\ud83d\ude00x")") == "\xEF\xBF\xBD\xF0\x9F\x98\x80x");
  CHECK(unescape_json_string(R"("\ude00\ud83d")") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(unescape_json_string(R"("\ud83dx")") == "\xEF\xBF\xBDx");
  CHECK(unescape_json_string(R"("\ud83d\n")") == "\xEF\xBF\xBD\n");
  CHECK(unescape_json_string(R"("\u0000")") == std::string(1, '\0'));
  for (const std::string_view x : {"", "\"", "a", "1", "null", "\"a", "a\"", "\"a\"b\"", "\"\\\"",
                                   "\"\\x\"", "\"\\u12\"", " \"a\"", "\"a\" ", "\"\n\""}) {
    CAPTURE(x);
    CHECK_FALSE(unescape_json_string(x));
  }
}

TEST_CASE("a name is the same with escapes and without, and nothing else is") {
  for (const auto* literal : {R"("a_id")", R"("a\u005fid")", R"("\u0061_i\u0064")"})
    CHECK_MESSAGE(json_string_means(literal, "a_id"), literal);
  for (const auto* literal : {R"("a_i")", R"("a_id ")", R"("a\\u005fid")", R"("A_id")", R"("")"})
    CHECK_FALSE_MESSAGE(json_string_means(literal, "a_id"), literal);
}

TEST_CASE("any bytes become a valid string literal that means the same text") {
  std::mt19937_64 random{7};
  std::uniform_int_distribution<int> byte{0, 255}, size{0, 40};
  for (int i = 0; i < 5'000; ++i) {
    std::string text(static_cast<std::size_t>(size(random)), ' ');
    for (auto& c : text)
      c = static_cast<char>(i % 2 == 0 ? byte(random) : byte(random) % 128);
    std::string out = "before";
    append_json_string(out, text);
    REQUIRE(out.starts_with("before"));
    out.erase(0, 6);
    CAPTURE(out);
    REQUIRE(json::accept(out));
    REQUIRE(is_valid_json(out));
    if (i % 2 == 1)
      REQUIRE(json::parse(out).get<std::string>() == text);
  }
  const auto literal = [](std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
  };
  CHECK(literal("a\"\\/\b\n\r\t\x01\x7F") == "\"a\\\"\\\\/\\u0008\\n\\r\\t\\u0001\x7F\"");
  CHECK(literal("\xE2\x80\x93\xF0\x9F\x98\x80") == "\"\xE2\x80\x93\xF0\x9F\x98\x80\"");
  CHECK(literal("\xC3\xA4\xFF\xC3\xA4") == "\"\xC3\xA4\xEF\xBF\xBD\xC3\xA4\"");
}

TEST_CASE("foreign text cannot break a log line, steer a terminal or fill the disk") {
  struct row {
    std::string text, expected;
  };
  const std::vector<row> rows{
      {"", ""},
      {"plain \xE2\x80\x93 text", "plain \xE2\x80\x93 text"},
      {"two\nlines\r\t", "two\\u000alines\\u000d\\u0009"},
      {"\x1b[31m\x7F", "\\u001b[31m\\u007f"},
      {"\xC2\x9B"
       "31m",
       "\\u009b31m"},
      {"\xE2\x80\xAE"
       "evil",
       "\\u202eevil"},
      {"\xE2\x80\xA8", "\\u2028"},
      {"\xFF", "\xEF\xBF\xBD"},
      {"\xE2\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {std::string{"a\0b", 3}, "a\\u0000b"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.expected);
    CHECK(printable(x.text) == x.expected);
  }
  CHECK(printable(std::string(200, 'x')) == std::string(200, 'x'));
  CHECK(printable(std::string(201, 'x')) == std::string(200, 'x') + "\xE2\x80\xA6");
  CHECK(printable("\xC3\xA4\xC3\xA4\xC3\xA4", 2) == "\xC3\xA4\xC3\xA4\xE2\x80\xA6");
  CHECK(printable(std::string(1'000'000, '\n')).size() < 1'300);
}

} // namespace
} // namespace hawkeye
