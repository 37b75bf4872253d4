// An HTTP server with libmicrohttpd for a few routes and small answers; slow clients do not block
// others. A route answers at once, or later from any thread. Every connection carries one request,
// with a time limit for receiving it, a size limit, and a time limit for sending the answer.
// Threading: one thread of its own serves all connections; start and stop belong to one owner.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/http/listeners.hpp"
#include "messages/base/limits.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

struct http_request {
  std::string method, path, body;
  std::string tail; ///< the path after the route's own, for a route that ends in `/`
  /// The value of a header; empty: the request has none. Only valid while the route's `handle`
  /// runs.
  std::function<std::string(const char* name)> header;
  std::multimap<std::string, std::string> parameters; ///< of the query string, decoded
};

/// A body without an end. Its owner sends parts, on any thread. The connection releases it when the
/// client has disconnected.
class http_stream {
public:
  /// Replaces the part that was sent before if that is still waiting.
  void send(std::string part);
  /// The part that was sent since the last call; empty: none.
  std::string take();
  /// `wake` is called after each send.
  void attach(std::function<void()> wake);

private:
  std::mutex mutex_;
  std::string part_;
  std::function<void()> wake_;
};

struct http_answer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{}; ///< they override the usual headers
  std::shared_ptr<http_stream> stream{};                      ///< if set, the body is what it sends
};

/// Takes the answer of a route; called once, on any thread.
using http_reply = std::function<void(http_answer)>;

struct http_route {
  std::string method; ///< "GET" (also serves HEAD) or "POST"
  /// Literal; a path that ends in `/` (except `/` itself) serves everything below it.
  std::string path;
  /// Called on the server's thread, so it must not block.
  std::function<void(const http_request&, http_reply)> handle;
};

struct http_limits {
  /// From the beginning of the connection to the end of the request.
  std::chrono::milliseconds request{3000};
  std::chrono::milliseconds answer{10'000}; ///< for each part of the answer
  std::size_t connections = max_http_connections;
  std::function<void(limit)> over = [](limit) {
  }; ///< called on the server's thread for each exceeded limit
};

class http_server {
public:
  virtual ~http_server() = default;
  /// The addresses that it listens on, as `address:port`.
  virtual const std::vector<std::string>& addresses() const noexcept = 0;
  /// The port of the first address.
  virtual int port() const noexcept = 0;
  /// Sends the answers that are ready, then closes all connections. No handler runs afterwards.
  virtual void stop() = 0;
};

/// Serves at these sockets. Unknown paths get 404, other methods 405, both as JSON. `every_second`
/// is called on the server's thread.
expected<std::unique_ptr<http_server>> start_http(
    std::vector<listener> listeners, std::vector<http_route> routes, const http_limits& limits = {},
    std::function<void()> every_second = [] {});

} // namespace hawkeye
