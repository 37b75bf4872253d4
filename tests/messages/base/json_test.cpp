// That whatever we echo is valid JSON, and that no foreign text can forge a reply or a log line.
#include "messages/base/json.hpp"

#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace hawkeye {
namespace {

using nlohmann::json;

const std::vector<std::string> good{
    "0",
    "-0",
    "12",
    "-1.5",
    "1e5",
    "1E+5",
    "0.1e-5",
    "\"\"",
    "\"text\"",
    R"("\"\\\/\b\f\n\r\t\u00e4\uABCE")",
    "\"\xC3\xA4\xE2\x80\x93\xF0\x9F\x98\x80\x7F\"",
    "true",
    "false",
    "null",
    "[]",
    "{}",
    " [ ] ",
    "\t{\r\n} ",
    "[1]",
    "[1,2]",
    "[ 1 , [ ] , { } , \"x\" ]",
    R"({"a":1})",
    R"({ "a" : 1 , "a" : { "b" : [ null , true ] } })",
    R"([[[[{"x":[{}]}]]]])",
};

const std::vector<std::string> bad{
    "",
    " ",
    "nul",
    "nulll",
    "True",
    "01",
    "-",
    "+1",
    "1.",
    ".5",
    "1e",
    "1e+",
    "-a",
    "0x1",
    "1 2",
    "NaN",
    "Infinity",
    "\"",
    "\"a",
    "'a'",
    "\"\n\"",
    "\"\t\"",
    "\"\\x\"",
    "\"\\\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"a\"b\"",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1,,2]",
    "{",
    "}",
    "{]",
    "[}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\" 1}",
    "{\"a\":1",
    "{\"a\":1,}",
    "{,\"a\":1}",
    "{a:1}",
    "{1:1}",
    "{\"a\":1 \"b\":2}",
    "[]]",
    "{}}",
    "[1]//",
    "/**/1",
    "\"\xFF\"",
    "\"\xC3\"",
    "\"\xED\xA0\x80\"",
    "\"\xC0\xAF\"",
    "\"\xF4\x90\x80\x80\"",
    "\xC2\xA0"
    "1",
    "\v1",
    "[\"a\",\"\x01\"]",
};

TEST_CASE("valid JSON is taken and everything else refused, as another parser does") {
  for (const auto& x : good) {
    CAPTURE(x);
    CHECK(json::accept(x));
    CHECK(is_valid_json(x));
  }
  for (const auto& x : bad) {
    CAPTURE(x);
    CHECK_FALSE(json::accept(x));
    CHECK_FALSE(is_valid_json(x));
  }
  // Where parsers differ: numbers without a limit, half a surrogate (both by RFC 8259), no byte
  // order mark, no end at a zero byte.
  CHECK(is_valid_json("1e99999"));
  CHECK(is_valid_json(R"("\ud800")"));
  CHECK_FALSE(is_valid_json("\xEF\xBB\xBF[]"));
  CHECK_FALSE(is_valid_json(std::string_view{"1\0", 2}));
  CHECK_FALSE(is_valid_json(std::string_view{"\"\0\"", 3}));
}

/// nlohmann refuses numbers that are too large for a double; such texts prove nothing.
bool may_overflow(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 2 && text.find_first_of("eE") != std::string_view::npos)
      return true;
  }
  return false;
}

std::string mutated(std::string text, std::mt19937_64& random) {
  // No d: it could make half a surrogate, which the oracle refuses.
  constexpr std::string_view alphabet =
      "{}[]:,\"\\ \n\t0123-+.eEtrufalsn/b\x01\x7F\xC3\xA4\xE2\xFF";
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(random);
  };
  for (auto changes = 1 + below(3); changes > 0; --changes) {
    const auto at = below(text.size() + 1);
    const auto c = alphabet[below(alphabet.size())];
    const auto kind = below(4);
    if (kind == 0 || at == text.size())
      text.insert(at, 1, c);
    else if (kind == 1)
      text.erase(at, 1);
    else if (kind == 2)
      text[at] = c;
    else
      std::swap(text[at], text[below(text.size())]);
  }
  return text;
}

TEST_CASE("of fifty thousand damaged texts none is judged otherwise than by another parser") {
  std::mt19937_64 random{20'200'715};
  std::size_t valid = 0, compared = 0;
  for (int i = 0; i < 50'000; ++i) {
    const auto text = mutated(good[static_cast<std::size_t>(i) % good.size()], random);
    if (may_overflow(text))
      continue;
    ++compared;
    const bool expected = json::accept(text);
    valid += expected ? 1 : 0;
    INFO(text);
    REQUIRE(is_valid_json(text) == expected);
  }
  CHECK(compared > 40'000);
  CHECK(valid > 1'000); // both sides of the question were asked
}

TEST_CASE("nesting as deep as the limit is taken, deeper is refused, and no depth costs stack") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(is_valid_json(nested(max_json_depth)));
  CHECK_FALSE(is_valid_json(nested(max_json_depth + 1)));
  CHECK_FALSE(is_valid_json(nested(1'000'000)));
  std::string objects;
  for (std::size_t i = 0; i < max_json_depth; ++i)
    objects += "{\"a\":";
  CHECK(is_valid_json(objects + "1" + std::string(max_json_depth, '}')));
  CHECK_FALSE(is_valid_json("[" + objects + "1" + std::string(max_json_depth, '}') + "]"));
}

TEST_CASE("a value is cut out of a longer text exactly") {
  struct row {
    std::string_view text;
    std::size_t pos, end;
  };
  for (const auto& x : std::vector<row>{{"[1] ,2", 0, 3},
                                        {"[1] ,2", 1, 2},
                                        {"  \"a]\"]", 0, 6},
                                        {"12,", 0, 2},
                                        {"12,", 1, 2},
                                        {"{\"a\":\"}\"}}", 0, 9},
                                        {"true]", 0, 4}}) {
    CAPTURE(x.text);
    CHECK(skip_json_value(x.text, x.pos) == x.end);
  }
  CHECK_FALSE(skip_json_value("[1]", 2));
  CHECK_FALSE(skip_json_value("[1]", 3));
  CHECK_FALSE(skip_json_value("[1]", 30));
  CHECK(skip_json_space(" \t\r\n x ", 0) == 5);
  CHECK(skip_json_space("  ", 1) == 2);
  CHECK(skip_json_space("  ", 7) == 7);
}

} // namespace
} // namespace hawkeye
