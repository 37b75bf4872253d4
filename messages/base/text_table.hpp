// Formats a table for a terminal.
#pragma once

#include <string>
#include <vector>

namespace hawkeye {

using table_row = std::vector<std::string>;

/// One line per row; cells are left-aligned with two spaces between columns. Rows may differ in
/// length.
std::string text_table(const std::vector<table_row>& rows);

} // namespace hawkeye
