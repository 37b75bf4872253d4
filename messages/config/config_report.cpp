#include "messages/config/config_report.hpp"

#include <map>
#include <string_view>

#include <fmt/format.h>

#include "messages/base/text.hpp"
#include "messages/config/keys.hpp"

namespace hawkeye {

namespace {

constexpr std::string_view variable_prefix = "environment variable ";

void add_line(std::string& to, std::string_view title, const std::vector<std::string>& texts) {
  if (!texts.empty())
    to += fmt::format("{}: {}\n", title, joined(texts));
}

std::vector<std::string> keys_of_variables(const settings& x) {
  std::vector<std::string> result;
  for (const auto& [key, source] : x.sources)
    if (source.starts_with(variable_prefix))
      result.push_back(fmt::format("{} ({})", key, source.substr(variable_prefix.size())));
  return result;
}

} // namespace

std::string keys_from_environment(const settings& x) {
  return joined(keys_of_variables(x));
}

std::string source_report(const settings& x) {
  std::map<std::string_view, std::vector<std::string>> by_file;
  std::vector<std::string> typed;
  for (const auto& [key, source] : x.sources) {
    if (source == "command line")
      typed.push_back(key);
    else if (!source.starts_with(variable_prefix)) // "config.ini:12"
      by_file[std::string_view{source}.substr(0, source.rfind(':'))].push_back(key);
  }
  std::string result;
  add_line(result, "from the environment", keys_of_variables(x));
  for (const auto& [file, keys] : by_file)
    add_line(result, fmt::format("from {}", file), keys);
  add_line(result, "from the command line", typed);
  add_line(result, "set in the environment, but not used", x.overruled);
  return result;
}

settings_change compare_settings(const settings& running, const settings& read) {
  settings_change result{running, {}, {}};
  for (const auto& key : config_keys()) {
    if (value_text(key, running) == value_text(key, read))
      continue;
    (key.live ? result.live : result.at_restart).push_back(key.full_name());
    if (key.live)
      copy_value(key, read, result.next);
  }
  return result;
}

std::string keys_help() {
  const settings defaults;
  std::string result;
  for (const auto& key : config_keys())
    result += fmt::format("  --{}\n      {} Default: {}\n", key.full_name(), key.help,
                          value_text(key, defaults));
  return result;
}

} // namespace hawkeye
