#include "messages/config/config_file.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>
#include <vector>

#include <caf/all.hpp>

#include "messages/base/json.hpp"
#include "messages/config/value_parsers.hpp"

namespace hawkeye::config_keys {

namespace {

/// A value as it may be shown in a message.
std::string shown(const caf::config_value& value) {
  if (const auto* text = caf::get_if<std::string>(&value))
    return "\"" + printable(without_secrets(*text)) + "\"";
  if (const auto* time = caf::get_if<caf::timespan>(&value))
    return in_units(*time);
  if (const auto* list = caf::get_if<caf::config_value::list>(&value)) {
    std::string result;
    for (const auto& item : *list)
      result += (result.empty() ? "" : ", ") + shown(item);
    return "[" + printable(result) + "]";
  }
  return printable(caf::to_string(value));
}

/// Where each key of an INI text stands. CAF drops what comes twice, and everything after a quote
/// that is never closed, without a word.
struct key_line {
  std::string section, key;
  std::size_t line;
};

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  text.remove_prefix(begin);
  text.remove_suffix(text.size() - (text.find_last_not_of(" \t\r") + 1));
  return text;
}

std::vector<key_line> find_keys(const std::string& text) {
  std::vector<key_line> result;
  std::istringstream lines{text};
  std::string line, section;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    const auto content = trimmed(line);
    if (content.starts_with('[') && content.find(']') != std::string_view::npos
        && content.find('"') == std::string_view::npos) {
      section = content.substr(1, content.find(']') - 1);
      continue;
    }
    const auto equals = content.find('=');
    const bool word = equals == std::string_view::npos && !content.empty()
                      && std::isalpha(static_cast<unsigned char>(content.front())) != 0;
    if (!word && (equals == std::string_view::npos || content.find_first_of("\";[,") < equals))
      continue;
    result.push_back({section, std::string{trimmed(content.substr(0, equals))}, number});
  }
  return result;
}

std::string at_line(const config_sources& from, std::size_t line) {
  return from.file_name + ":" + std::to_string(line);
}

/// What CAF's parser says about a text it cannot read.
failure syntax_error(const config_sources& from, const caf::error& why) {
  return {from.file_name + ": not readable as INI: " + printable(caf::to_string(why))
          + "; strings need double quotes, comments begin with ;, durations are whole numbers "
            "with a unit"};
}

} // namespace

std::string in_units(duration x) {
  constexpr std::pair<duration, const char*> units[] = {
      {1h, "h"}, {1min, "min"}, {1s, "s"}, {1ms, "ms"}, {1us, "us"}};
  for (const auto& [unit, name] : units)
    if ((x >= unit || x <= -unit) && x % unit == duration::zero())
      return std::to_string(x / unit) + name;
  return std::to_string(x.count()) + "ns";
}

std::string full_name(std::string_view section, std::string_view key) {
  return std::string{section} + "." + std::string{key};
}

/// A text that no text in a configuration may be.
bool is_odd(const caf::config_value& value) {
  if (const auto* list = caf::get_if<caf::config_value::list>(&value))
    return std::any_of(list->begin(), list->end(), is_odd);
  const auto* text = caf::get_if<std::string>(&value);
  return text && !is_plain(*text);
}

problem take(std::string_view source, std::string_view section, std::string_view name,
             const caf::config_value& value, draft& into) {
  const auto where = std::string{source} + ": " + full_name(printable(section), printable(name));
  const auto* key = config_keys::find(section, name);
  if (!key)
    return fail(where + ": there is no such key; config.ini as it ships names all of them");
  into.sources[full_name(section, name)] = source;
  if (key->take(into, value))
    return {};
  return fail(where + " = " + (key->secret ? "(not shown)" : shown(value)) + ": expected "
              + key->expected + (is_odd(value) ? ", in UTF-8 and without control characters" : ""));
}

problem take_file(const config_sources& from, draft& into) {
  std::istringstream in{from.file_text};
  const auto parsed = caf::actor_system_config::parse_config(in);
  if (!parsed)
    return syntax_error(from, parsed.error());
  std::map<std::string, std::size_t> lines;
  for (const auto& found : find_keys(from.file_text)) {
    const auto name = full_name(found.section, found.key);
    if (const auto [first, is_new] = lines.emplace(name, found.line); !is_new)
      return fail(at_line(from, found.line) + ": " + printable(name) + " stands in line "
                  + std::to_string(first->second) + " already");
    if (found.section.empty())
      return fail(at_line(from, found.line) + ": " + printable(found.key)
                  + ": not within a section: expected [section] lines, each with key = value "
                    "lines after it, as in the config.ini that ships (INI)");
    const auto section = parsed->find(found.section);
    const auto* keys = section == parsed->end()
                           ? nullptr
                           : caf::get_if<caf::config_value::dictionary>(&section->second);
    if (!keys || !keys->contains(found.key))
      return fail(at_line(from, found.line) + ": " + printable(name)
                  + ": cannot be read: expected key = value, with no quote or bracket left open");
  }
  for (const auto& [section, content] : *parsed) {
    const auto* keys = caf::get_if<caf::config_value::dictionary>(&content);
    if (!keys)
      return take(from.file_name, "", section, content, into);
    for (const auto& [key, value] : *keys) {
      const auto line = lines.find(full_name(section, key));
      const auto source = line == lines.end() ? from.file_name : at_line(from, line->second);
      if (auto why = take(source, section, key, value, into))
        return why;
    }
  }
  return {};
}

} // namespace hawkeye::config_keys
