// The pages' server on cpp-httplib: a few routes, small answers, nobody held up by slow clients.
// Threading: handlers run on the server's own threads; start and stop belong to one owner.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "messages/base/limits.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

struct http_request {
  std::string method, path, body;
  std::string tail; ///< of the path, behind that of a route that ends in `/`
  /// The value of a header; empty where there is none.
  std::function<std::string(const char* name)> header;
  std::multimap<std::string, std::string> parameters; ///< of the query, decoded
};

struct http_answer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{}; ///< stronger than those of every page
  /// Where given, the body goes on with what this gives, until that is nothing; it may wait.
  std::function<std::optional<std::string>()> next_part{};
};

struct http_route {
  std::string method; ///< "GET" (serves HEAD, too) or "POST"
  std::string path;   ///< literal; one that ends in `/` (but the root) serves everything below
  std::function<http_answer(const http_request&)> handle;
};

struct http_limits {
  std::chrono::milliseconds request{3000};  ///< from the connection's begin to the whole request
  std::chrono::milliseconds answer{10'000}; ///< from each part of it to its end
  std::size_t request_bytes = max_http_bytes;
  std::size_t connections = max_http_connections;
  std::function<void(limit)> over = [](limit) {
  }; ///< is told, in any thread, what went over one
};

class http_server {
public:
  virtual ~http_server() = default;
  /// The port that is listened on.
  virtual int port() const noexcept = 0;
  /// No handler runs after it returns; slow clients are cut off.
  virtual void stop() = 0;
};

/// `listen` is `address:port`; port 0 takes any free one. Unknown paths get 404, other methods 405,
/// both as JSON.
expected<std::unique_ptr<http_server>> start_http(const std::string& listen,
                                                  std::vector<http_route> routes,
                                                  const http_limits& limits = {});

/// The same without a port and without threads: what it returns serves the connection at a socket
/// to its end, and closes it.
std::function<void(int socket)> serve_http(std::vector<http_route> routes,
                                           const http_limits& limits = {});

} // namespace hawkeye
