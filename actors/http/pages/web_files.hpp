// The page at `/`: the files of web/, which cmake/embed.cmake compiles into the binary. The page
// uses the routes of operator_pages. Threading: handlers run on the server's thread and only return
// constants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/http/server.hpp"

namespace hawkeye {

struct web_file {
  std::string name;
  std::string_view bytes;
  std::string tag; ///< entity tag of its content, with the quotes
};

/// All files of web/.
const std::vector<web_file>& web_files();

/// Each file under its name, `index.html` at `/`.
std::vector<http_route> web_pages();

} // namespace hawkeye
