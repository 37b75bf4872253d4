// The shipped config.ini is the manual, and tells the truth.
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "messages/config/ini.hpp"
#include "messages/config/keys.hpp"
#include "tests/support/config_sources.hpp"
#include "tests/support/places.hpp"

namespace hawkeye {

using namespace test;

namespace {

std::string shipped() {
  std::ifstream in{test::source_path("config.ini")};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The shipped file with every key's semicolon taken away: `; key = value` after a section's line.
std::string uncommented(const std::string& text) {
  std::string result, line;
  bool in_section = false;
  for (std::istringstream in{text}; std::getline(in, line);) {
    in_section = in_section || line.starts_with('[');
    const auto equals = line.find(" = ");
    if (in_section && line.starts_with("; ") && equals != std::string::npos
        && line.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", 2) == equals)
      line.erase(0, 2);
    result += line + '\n';
  }
  return result;
}

} // namespace

TEST_CASE("as it ships config.ini sets nothing, so that variables count") {
  CHECK(good(sources(shipped())).sources.empty());
}

TEST_CASE("the shipped config.ini holds every key with its default, in the order of the table") {
  const auto entries = read_ini(uncommented(shipped()), "config.ini");
  REQUIRE(entries.has_value());
  REQUIRE(entries->size() == config_keys().size());
  for (std::size_t i = 0; i < entries->size(); ++i)
    CHECK((*entries)[i].section + "." + (*entries)[i].key == config_keys()[i].full_name());
  const auto defaults = good(sources(""));
  const auto read = good(sources(uncommented(shipped())));
  for (const auto& key : config_keys())
    CHECK_MESSAGE(value_text(key, read) == value_text(key, defaults), key.full_name());
}

TEST_CASE(
    "the shipped config.ini says of each key what it is for, its range, and whether it is live") {
  std::map<std::string, std::string> comments; // above each key, since the one before
  std::string section, comment, line;
  for (std::istringstream in{uncommented(shipped())}; std::getline(in, line);) {
    if (line.starts_with("; ")) {
      comment += line.substr(1);
    } else if (line.starts_with('[')) {
      section = line.substr(1, line.find(']') - 1);
      comment.clear();
    } else if (const auto equals = line.find(" = "); equals != std::string::npos) {
      comments[section + "." + line.substr(0, equals)] = std::exchange(comment, "");
    }
  }
  for (const auto& key : config_keys()) {
    const auto& text = comments[key.full_name()];
    CAPTURE(key.full_name());
    CAPTURE(text);
    CHECK(text.find(key.help) != std::string::npos);
    CHECK((text.find("SIGHUP changes it.") != std::string::npos) == key.live);
    if (const auto range = key.range(); !range.empty())
      CHECK(text.find(range + ".") != std::string::npos);
    if (key.older.name)
      CHECK(shipped().find(key.older.name) != std::string::npos);
  }
}

} // namespace hawkeye
