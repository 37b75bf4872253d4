// Parses config.ini: [section] lines, each followed by key = value lines. Texts are in double
// quotes, with the escapes of JSON; lists are in [ ]; everything else is a word. Comments begin
// with ;.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/result.hpp"

namespace hawkeye {

/// A parsed value whose type has not been checked against its key.
struct written_value {
  enum class form { word, text, list };
  form is = form::word;
  std::vector<std::string> texts; ///< one element, or the elements of a list
};

struct ini_entry {
  std::string section, key;
  written_value value;
  std::size_t line = 0; ///< line number, from 1
};

/// All entries in order. A failure is one line that begins with `file_name:line` and shows no
/// value. A byte order mark and CRLF are accepted; a zero byte or invalid UTF-8 is a failure.
expected<std::vector<ini_entry>> read_ini(std::string_view text, std::string_view file_name);

/// Parses a quoted text or a list of them; nothing for anything else.
std::optional<written_value> read_quoted(std::string_view text);

} // namespace hawkeye
