// Configurations for tests: what they are read from, and what came of it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "messages/config/config.hpp"

namespace hawkeye::test {

inline const std::string secret = "hunter2hunter2";

/// Files that exist, and nothing else.
inline config_sources sources(std::string text, std::vector<std::string> options = {}) {
  config_sources from;
  from.file_name = "test.ini";
  from.file_text = std::move(text);
  from.options = std::move(options);
  from.environment = [](const std::string&) {
    return std::optional<std::string>{};
  };
  from.read_file = [](const std::string& name) -> expected<std::string> {
    const std::map<std::string, std::string> files{
        {"secret", secret + "\n"},
        {"uri", "redis://u:" + secret + "@localhost:7/2\n"},
        {"bad-uri", "redis://u:" + secret + "@h:x/2\n"},
        {"ca.pem", "pem"}};
    const auto found = files.find(name);
    if (found == files.end())
      return fail("cannot be read");
    return found->second;
  };
  return from;
}

inline settings good(const config_sources& from) {
  auto result = read_config(from);
  if (const auto* why = error_of(result))
    FAIL(why->reason);
  return *result;
}

inline std::string refused(const config_sources& from) {
  auto result = read_config(from);
  const auto* why = error_of(result);
  return why ? why->reason : "(taken)";
}

} // namespace hawkeye::test
