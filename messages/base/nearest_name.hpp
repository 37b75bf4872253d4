// Suggestions for mistyped names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hawkeye {

/// "; did you mean X?" where one of `known` differs from `typed` by a few letters, else "". Letters
/// that are wrong, missing, too many or swapped count one each; at most one of three may be wrong.
std::string suggestion(std::string_view typed, const std::vector<std::string>& known);

} // namespace hawkeye
