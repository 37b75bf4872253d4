#include "messages/config/source_report.hpp"

#include <string_view>

namespace hawkeye {

namespace {

constexpr std::string_view by_variable = "environment variable ";

/// "config.ini:12" without its line.
std::string_view file_of(std::string_view source) {
  return source.substr(0, source.rfind(':'));
}

void add_line(std::string& to, std::string_view title, const std::string& text) {
  if (!text.empty())
    to.append(title).append(": ").append(text).append("\n");
}

} // namespace

std::string joined(const std::vector<std::string>& texts) {
  std::string result;
  for (const auto& text : texts)
    result += (result.empty() ? "" : ", ") + text;
  return result;
}

std::string keys_from_environment(const settings& x) {
  std::vector<std::string> keys;
  for (const auto& [key, source] : x.sources)
    if (source.starts_with(by_variable))
      keys.push_back(key + " (" + source.substr(by_variable.size()) + ")");
  return joined(keys);
}

std::string source_report(const settings& x) {
  std::map<std::string_view, std::vector<std::string>> by_file;
  std::vector<std::string> typed;
  for (const auto& [key, source] : x.sources) {
    if (source == "command line")
      typed.push_back(key);
    else if (!source.starts_with(by_variable))
      by_file[file_of(source)].push_back(key);
  }
  std::string result;
  add_line(result, "from the environment", keys_from_environment(x));
  for (const auto& [file, keys] : by_file)
    add_line(result, "from " + std::string{file}, joined(keys));
  add_line(result, "from the command line", joined(typed));
  add_line(result, "set in the environment, but overruled", joined(x.overruled));
  return result;
}

} // namespace hawkeye
