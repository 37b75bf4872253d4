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

/// `section.key=value` as a pair.
inline std::vector<std::pair<std::string, std::string>>
split_options(const std::vector<std::string>& options) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& option : options)
    result.emplace_back(option.substr(0, option.find('=')), option.substr(option.find('=') + 1));
  return result;
}

/// Files that exist, and nothing else.
inline config_sources sources(std::string text, const std::vector<std::string>& options = {},
                              std::map<std::string, std::string> environment = {}) {
  config_sources from;
  from.file_name = "test.ini";
  from.file_text = std::move(text);
  from.options = split_options(options);
  from.environment = std::move(environment);
  from.read_file = [](const std::string& name) -> expected<std::string> {
    const std::map<std::string, std::string> files{
        {"secret", secret + "\n"},
        {"uri", "redis://u:" + secret + "@localhost:7/2\n"},
        {"bad-uri", "redis://u:" + secret + "@h:x/2\n"},
        {"ca.pem", "pem"},
        {"empty", "\n"},
        {"lines", "one\ntwo\n"}};
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
