// Suggestions for mistyped names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hawkeye {

/// "; did you mean X?" if one of `known` is similar to `typed`, else "". A wrong, missing, extra or
/// swapped letter counts as one edit; at most one edit per three letters is allowed.
std::string suggestion(std::string_view typed, const std::vector<std::string>& known);

} // namespace hawkeye
