// The pages' server on libmicrohttpd: a few routes, small answers, nobody held up by slow clients.
// A page answers whenever it can: at once, or later from any thread. Every connection carries one
// request, which has a time by which it has to be here, a size, and a time by which its answer has
// to be taken. Threading: one thread of its own serves all connections; start and stop belong to
// one owner.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "messages/base/limits.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

struct http_request {
  std::string method, path, body;
  std::string tail; ///< of the path, behind that of a route that ends in `/`
  /// The value of a header; empty where there is none. Only while the page's `handle` runs.
  std::function<std::string(const char* name)> header;
  std::multimap<std::string, std::string> parameters; ///< of the query, decoded
};

/// A body that goes on: whoever holds it sends, in any thread; the connection lets go of it when
/// the client has gone.
class http_stream {
public:
  /// Takes the place of what was sent before and is not on its way yet.
  void send(std::string part);
  /// What was sent since the last call; empty: nothing.
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
  std::vector<std::pair<std::string, std::string>> headers{}; ///< stronger than those of every page
  std::shared_ptr<http_stream> stream{}; ///< where given, the body is what it sends
};

/// Takes a page's answer, once, in any thread.
using http_reply = std::function<void(http_answer)>;

struct http_route {
  std::string method; ///< "GET" (serves HEAD, too) or "POST"
  std::string path;   ///< literal; one that ends in `/` (but the root) serves everything below
  /// On the server's thread, which must not wait.
  std::function<void(const http_request&, http_reply)> handle;
};

struct http_limits {
  std::chrono::milliseconds request{3000};  ///< from the connection's begin to the whole request
  std::chrono::milliseconds answer{10'000}; ///< from each part of it to its end
  std::size_t connections = max_http_connections;
  std::function<void(limit)> over = [](limit) {
  }; ///< called on the server's thread for each limit that was exceeded
};

class http_server {
public:
  virtual ~http_server() = default;
  /// What is listened on, as `address:port`.
  virtual const std::vector<std::string>& addresses() const noexcept = 0;
  /// The port of the first of them.
  virtual int port() const noexcept = 0;
  /// Sends the answers that are there; then all clients are cut off, and no handler runs any more.
  virtual void stop() = 0;
};

/// `listen` are `host:port`; a name is listened on at all of its addresses; port 0 takes any free
/// one. Unknown paths get 404, other methods 405, both as JSON. `every_second` is called on the
/// server's thread.
expected<std::unique_ptr<http_server>> start_http(
    const std::vector<std::string>& listen, std::vector<http_route> routes,
    const http_limits& limits = {}, std::function<void()> every_second = [] {});

} // namespace hawkeye
