// The target of an HTTP request: path and query (RFC 9112, section 3.2).
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace hawkeye {

struct http_target {
  std::string path;
  std::multimap<std::string, std::string> parameters; ///< parameters of the query
};

/// Decodes escapes (`%2f`), and `+` in the query; invalid escapes are copied unchanged. In the
/// absolute form (`http://host/path`), which proxies send, scheme and host are ignored.
http_target read_http_target(std::string_view target);

} // namespace hawkeye
