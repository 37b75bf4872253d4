// A plain HTTP client on loopback: a connection a request, HTTP/1.0, so that an answer comes
// without chunks and ends with the connection.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hawkeye::test {

struct http_response {
  int status = 0;
  std::string head, body;
  /// The first of that name; empty: there is none.
  std::string header(std::string_view name) const;
};

using http_headers = std::map<std::string, std::string>;

class http_client {
public:
  explicit http_client(int port) : port_{port} {}

  /// Nothing where no whole answer comes within 3 s.
  std::optional<http_response> get(const std::string& path, const http_headers& headers = {}) const;
  std::optional<http_response> post(const std::string& path, const http_headers& headers,
                                    const std::string& body) const;
  /// Hands out parts of the body as they come, until `part` gives false or the server ends it. The
  /// status; 0 where there is no answer.
  int stream(const std::string& path, const std::function<bool(std::string_view)>& part) const;

private:
  int port_;
};

/// A connection to loopback, for those who send what they like; closed when it goes.
class raw_client {
public:
  explicit raw_client(int port, bool small_buffer = false);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  bool send(std::string_view bytes) const;
  /// What comes next; empty: nothing more comes, or not within 10 s.
  std::string receive() const;
  /// Everything until the server closes.
  std::string answer() const;

private:
  int fd_;
};

} // namespace hawkeye::test
