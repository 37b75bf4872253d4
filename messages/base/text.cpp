#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

/// The number of edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`: the
/// optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
  const auto row = b.size() + 1; // one block of memory instead of one a row
  std::vector<std::size_t> d((a.size() + 1) * row);
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      const auto at = i * row + j;
      if (i == 0 || j == 0) {
        d[at] = i + j;
        continue;
      }
      const bool same = a[i - 1] == b[j - 1];
      d[at] = std::min(std::min(d[at - row], d[at - 1]) + 1, d[at - row - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[at] = std::min(d[at], d[at - 2 * row - 2] + 1);
    }
  return d.back();
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
  // Each edit changes the size by one at most.
  const auto may_be_near = [&](const std::string& name) {
    return name.size() < typed.size() + least && typed.size() < name.size() + least;
  };
  if (typed.size() <= longest)
    for (const auto& name : known)
      if (const auto edits = may_be_near(name) ? distance(typed, name) : least; edits < least)
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
