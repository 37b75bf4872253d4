// The page at `/`: the files of web/, which cmake/embed.cmake puts into the binary. The page reads
// what operator_pages serve. Threading: handlers run on the server's
// thread and only hand out constants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/http/server.hpp"

namespace hawkeye {

struct web_file {
  std::string name;
  std::string_view bytes;
  std::string tag; ///< of its content, for caches, with its quotes
};

/// All files of web/.
const std::vector<web_file>& web_files();

/// Each file under its name, `index.html` at `/`.
std::vector<http_route> web_pages();

} // namespace hawkeye
