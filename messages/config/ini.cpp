#include "messages/config/ini.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <simdjson.h>

#include "messages/base/json.hpp"
#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

using form = written_value::form;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::optional<failure> check_lines(const std::vector<std::string_view>& lines,
                                   std::string_view file_name) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find('\0') != std::string_view::npos)
      return fail("{}:{}: a zero byte: this is no text file", file_name, i + 1);
    if (!simdjson::validate_utf8(lines[i].data(), lines[i].size()))
      return fail("{}:{}: no valid UTF-8: save the file in that encoding", file_name, i + 1);
  }
  return {};
}

/// Appends a line to `value`, without its comment. True while a bracket is open.
bool add_line(std::string_view line, std::string& value, int& open) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size() && (quoted || line[i] != ';'); ++i) {
    const char c = line[i];
    value += c;
    if (quoted && c == '\\' && i + 1 < line.size())
      value += line[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && c == '[')
      ++open;
    else if (!quoted && c == ']')
      --open;
  }
  return open > 0 && !quoted;
}

std::optional<written_value> read_value(std::string_view text) {
  if (text.starts_with('"') || text.starts_with('['))
    return read_quoted(text);
  if (text.empty() || text.find('"') != std::string_view::npos)
    return {};
  return written_value{form::word, {std::string{text}}};
}

/// The text before the first space, quote, = or ://. The rest may be a secret and is not shown.
std::string first_word(std::string_view line) {
  return printable(line.substr(0, std::min(line.find_first_of(" \t=\""), line.find("://"))));
}

/// Reads the entries of lines that check_lines accepts.
class ini_reader {
public:
  ini_reader(const std::vector<std::string_view>& lines, std::string_view file_name)
      : lines_{lines}, file_name_{file_name} {}

  expected<std::vector<ini_entry>> read() {
    while (number_ < lines_.size()) {
      const auto line = trimmed(lines_[number_++]);
      if (line.empty() || line.starts_with(';'))
        continue;
      if (auto why = line.starts_with('[') ? read_section(line) : read_entry(line))
        return fail(*std::move(why));
    }
    return std::move(entries_);
  }

private:
  std::optional<failure> read_section(std::string_view line) {
    const auto end = line.find(']');
    const auto rest = end == std::string_view::npos ? line : trimmed(line.substr(end + 1));
    if (!rest.empty() && !rest.starts_with(';'))
      return fail("{}:{}: not readable as INI: a section is [name], alone on its line", file_name_,
                  number_);
    section_ = trimmed(line.substr(1, end - 1));
    return {};
  }

  std::optional<failure> read_entry(std::string_view line) {
    const auto number = number_;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos)
      return fail("{}:{}: {}: not readable as INI: expected key = value; strings need double "
                  "quotes, comments begin with ;",
                  file_name_, number, first_word(line));
    const std::string key{trimmed(line.substr(0, equals))};
    if (section_.empty())
      return fail("{}:{}: {}: not within a section: expected [section] lines, each with key = "
                  "value lines after it, as in the config.ini that ships (INI)",
                  file_name_, number, first_word(line));
    auto value = read_value(trimmed(whole_value(line.substr(equals + 1))));
    if (!value)
      return fail("{}:{}: {}.{}: cannot be read: expected key = value, with every quote and "
                  "bracket closed, only texts in a list, and no control characters",
                  file_name_, number, printable(section_), first_word(key));
    entries_.push_back({section_, key, *std::move(value), number});
    return {};
  }

  /// The text of a value that begins with `line`, including the further lines of a list.
  std::string whole_value(std::string_view line) {
    std::string result;
    int open = 0;
    for (; add_line(line, result, open) && number_ < lines_.size(); line = lines_[number_++])
      result += ' ';
    return result;
  }

  const std::vector<std::string_view>& lines_;
  std::size_t number_ = 0; ///< of the line read last, from 1
  std::string_view file_name_;
  std::string section_;
  std::vector<ini_entry> entries_;
};

} // namespace

std::optional<written_value> read_quoted(std::string_view text) {
  auto whole = std::string{text};
  if (whole.starts_with('[') && whole.ends_with(']')) // a comma after the last element is allowed
    if (const auto last = whole.find_last_not_of(" \t\r\n", whole.size() - 2); whole[last] == ',')
      whole[last] = ' ';
  const auto parsed = nlohmann::json::parse(whole, nullptr, false);
  if (parsed.is_string())
    return written_value{form::text, {parsed.get<std::string>()}};
  if (!parsed.is_array())
    return {};
  written_value result{form::list, {}};
  for (const auto& item : parsed) {
    if (!item.is_string())
      return {};
    result.texts.push_back(item.get<std::string>());
  }
  return result;
}

expected<std::vector<ini_entry>> read_ini(std::string_view text, std::string_view file_name) {
  auto lines = lines_of(text);
  if (auto why = check_lines(lines, file_name))
    return fail(*why);
  if (text.starts_with("\xEF\xBB\xBF"))
    lines.front().remove_prefix(3);
  return ini_reader{lines, file_name}.read();
}

} // namespace hawkeye
