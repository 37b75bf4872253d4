// Columns of text for a terminal.
#pragma once

#include <string>
#include <vector>

namespace hawkeye {

using table_row = std::vector<std::string>;

/// A line per row, the cells of a column aligned to the left and two spaces apart. A row may be
/// shorter than others.
std::string text_table(const std::vector<table_row>& rows);

} // namespace hawkeye
