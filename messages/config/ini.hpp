// The text of config.ini: [section] lines, and key = value lines after them. Texts stand in double
// quotes, with the escapes of JSON, lists in [ ]; everything else is a word. Comments begin with ;.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/result.hpp"

namespace hawkeye {

/// A value before its key says what it has to be.
struct written_value {
  enum class form { word, text, list };
  form is = form::word;
  std::vector<std::string> texts; ///< one, but of a list as many as it has
};

struct ini_entry {
  std::string section, key;
  written_value value;
  std::size_t line = 0; ///< from 1
};

/// All entries in their order. A failure is one line that begins with `file_name:line`, and shows
/// no value. A byte order mark and CRLF are fine; a zero byte or invalid UTF-8 is no text.
expected<std::vector<ini_entry>> read_ini(std::string_view text, std::string_view file_name);

/// A text in quotes, or a list of them, whole; nothing where it is neither.
std::optional<written_value> read_quoted(std::string_view text);

} // namespace hawkeye
