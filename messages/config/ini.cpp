#include "messages/config/ini.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <simdjson.h>

#include "messages/base/json.hpp"
#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

using form = written_value::form;

/// Returns the lines one by one. A value that is a list may need more than one line.
class line_reader {
public:
  explicit line_reader(std::string_view text) : rest_{text} {}

  bool next(std::string_view& line) {
    if (rest_.empty())
      return false;
    const auto end = std::min(rest_.find('\n'), rest_.size());
    line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number;
    return true;
  }

  std::size_t number = 0; ///< number of the line returned last, from 1

private:
  std::string_view rest_;
};

std::optional<failure> check_text(std::string_view text, std::string_view file_name) {
  line_reader lines{text};
  for (std::string_view line; lines.next(line);) {
    if (line.find('\0') != std::string_view::npos)
      return fail("{}:{}: a zero byte: this is no text file", file_name, lines.number);
    if (!simdjson::validate_utf8(line.data(), line.size()))
      return fail("{}:{}: no valid UTF-8: save the file in that encoding", file_name, lines.number);
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

/// The name in `[section]`; nothing if the line has another form.
std::optional<std::string> section_of(std::string_view line) {
  const auto end = line.find(']');
  if (end == std::string_view::npos)
    return {};
  const auto behind = trimmed(line.substr(end + 1));
  if (!behind.empty() && !behind.starts_with(';'))
    return {};
  return std::string{trimmed(line.substr(1, end - 1))};
}

/// The text before the first space, quote or =. The rest may be a secret and is not shown.
std::string first_word(std::string_view line) {
  return printable(line.substr(0, line.find_first_of(" \t=\"")));
}

/// Reads the entries of a text that check_text accepts.
class ini_reader {
public:
  ini_reader(std::string_view text, std::string_view file_name)
      : lines_{text}, file_name_{file_name} {}

  expected<std::vector<ini_entry>> read() {
    for (std::string_view line; lines_.next(line);) {
      line = trimmed(line);
      if (line.empty() || line.starts_with(';'))
        continue;
      if (auto why = line.starts_with('[') ? read_section(line) : read_entry(line))
        return fail(*std::move(why));
    }
    return std::move(entries_);
  }

private:
  std::optional<failure> read_section(std::string_view line) {
    auto name = section_of(line);
    if (!name)
      return fail("{}:{}: not readable as INI: a section is [name], alone on its line", file_name_,
                  lines_.number);
    section_ = *std::move(name);
    return {};
  }

  std::optional<failure> read_entry(std::string_view line) {
    const auto number = lines_.number;
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
    while (add_line(line, result, open) && lines_.next(line))
      result += ' ';
    return result;
  }

  line_reader lines_;
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
  if (auto why = check_text(text, file_name))
    return fail(*why);
  if (text.starts_with("\xEF\xBB\xBF"))
    text.remove_prefix(3);
  return ini_reader{text, file_name}.read();
}

} // namespace hawkeye
