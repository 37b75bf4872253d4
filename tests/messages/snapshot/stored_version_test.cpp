// What is told from a stored snapshot without reading it: its version, and whose bytes it is of.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye {
namespace {

TEST_CASE("a script that reads only the first bytes of a meta finds the version, or none") {
  CHECK(read_version(R"({"version":1,"built)") == 1);
  CHECK(read_version(R"({"version":9007199254740991,)") == last_version - 1);
  for (const std::string_view text :
       {"", "{", R"({"version":)", R"({"version":,)", R"({"version":12)", R"({"version":12})",
        R"({"version":-1,)", R"({"version":1.5,)", R"({"version":"1",)", R"({"version":1x,)",
        R"({ "version":1,)", R"({"version":18446744073709551616,)",
        R"({"version":9007199254740992,)", R"({"version":18446744073709551615,)",
        R"({"built_at":null,"version":1,)"}) {
    CAPTURE(text);
    CHECK_FALSE(read_version(text));
  }
}

TEST_CASE("a fingerprint tells arrays apart that differ in one bit, one byte or their length") {
  std::string text = "[{\"serial_number\":\"A\"},{\"serial_number\":\"B\"}]";
  const auto whole = fingerprint(text);
  CHECK(fingerprint(std::string{text}) == whole);
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    auto other = text;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    CHECK(fingerprint(other) != whole);
  }
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK(fingerprint(text.substr(0, size)) != whole);
  CHECK(fingerprint(text + std::string(1, '\0')) != whole);
  CHECK(fingerprint("") != fingerprint(std::string_view{"\0", 1}));
  // The same on every machine, or no replica would believe another's meta.
  CHECK(fingerprint("") == 0xe3151722e0cf542bu);
}

} // namespace
} // namespace hawkeye
