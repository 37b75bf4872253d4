#include "messages/base/text_table.hpp"

#include <algorithm>

namespace hawkeye {

namespace {

/// The display width of a text: its code points, not its bytes.
std::size_t width_of(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

} // namespace

std::string text_table(const std::vector<table_row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& cells : rows) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], width_of(cells[i]));
  }
  std::string result;
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      result += cells[i];
      if (i + 1 < cells.size())
        result.append(widths[i] - width_of(cells[i]) + 2, ' ');
    }
    result += '\n';
  }
  return result;
}

} // namespace hawkeye
