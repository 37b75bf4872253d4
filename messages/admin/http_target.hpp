// What a request asks for over HTTP: the path and the query of its target (RFC 9112, section 3.2).
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace hawkeye {

struct http_target {
  std::string path;
  std::multimap<std::string, std::string> parameters; ///< of the query
};

/// Escapes (`%2f`) are decoded, in the query also `+`; what is no escape stands for itself. Of an
/// absolute form (`http://host/path`), as proxies send it, scheme and host are left out.
http_target read_http_target(std::string_view target);

} // namespace hawkeye
