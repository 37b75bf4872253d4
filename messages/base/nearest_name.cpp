#include "messages/base/nearest_name.hpp"

#include <algorithm>

#include <fmt/format.h>

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

} // namespace hawkeye
