#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

/// The number of edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`: the
/// optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const bool same = a[i - 1] == b[j - 1];
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

/// The display width of a text: its code points, not its bytes.
std::size_t width_of(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

} // namespace

std::string suggestion(std::string_view typed, const std::vector<std::string>& known) {
  constexpr std::size_t longest = 64; // no known name is longer, and the cost is quadratic
  const std::string* best = nullptr;
  auto least = std::min(typed.size(), longest) / 3 + 1;
  if (typed.size() <= longest)
    for (const auto& name : known)
      if (const auto edits = distance(typed, name); edits < least)
        least = edits, best = &name;
  return best ? fmt::format("; did you mean {}?", *best) : "";
}

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
