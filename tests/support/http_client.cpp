#include "tests/support/http_client.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/loopback.hpp"

namespace hawkeye::test {

raw_client::raw_client(int port, bool small_buffer)
    : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  const int least = 1;
  if (small_buffer)
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  const timeval limit{10, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const auto address = loopback(static_cast<std::uint16_t>(port));
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return;
  ::close(fd_);
  fd_ = -1;
}

raw_client::~raw_client() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool raw_client::send(std::string_view bytes) const {
  return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
         == static_cast<ssize_t>(bytes.size());
}

std::string raw_client::receive() const {
  std::string part(65'536, '\0');
  part.resize(
      static_cast<std::size_t>(std::max<ssize_t>(::recv(fd_, part.data(), part.size(), 0), 0)));
  return part;
}

std::string raw_client::answer() const {
  std::string result;
  for (auto part = receive(); !part.empty(); part = receive())
    result += part;
  return result;
}

std::string http_response::header(std::string_view name) const {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at)) {
    at += 2;
    if (::strncasecmp(head.c_str() + at, name.data(), name.size()) == 0
        && head.compare(at + name.size(), 2, ": ") == 0) {
      const auto begin = at + name.size() + 2;
      return head.substr(begin, head.find("\r\n", begin) - begin);
    }
  }
  return {};
}

namespace {

std::string request(const std::string& method, const std::string& path, const http_headers& headers,
                    const std::string& body) {
  auto text = method + ' ' + path + " HTTP/1.0\r\nHost: localhost\r\n";
  for (const auto& [name, value] : headers)
    text += name + ": " + value + "\r\n";
  if (method == "POST")
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

std::optional<http_response> parsed(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.") || end == std::string::npos)
    return {};
  http_response result{std::stoi(answer.substr(9)), answer.substr(0, end), answer.substr(end + 4)};
  const auto length = result.header("Content-Length");
  if (!length.empty() && result.status != 304 && std::stoul(length) != result.body.size())
    return {};
  return result;
}

} // namespace

std::optional<http_response> http_client::get(const std::string& path,
                                              const http_headers& headers) const {
  const raw_client connection{port_};
  connection.send(request("GET", path, headers, {}));
  return parsed(connection.answer());
}

std::optional<http_response> http_client::post(const std::string& path, const http_headers& headers,
                                               const std::string& body) const {
  const raw_client connection{port_};
  connection.send(request("POST", path, headers, body));
  return parsed(connection.answer());
}

int http_client::stream(const std::string& path,
                        const std::function<bool(std::string_view)>& part) const {
  const raw_client connection{port_};
  connection.send(request("GET", path, {}, {}));
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const auto more = connection.receive();
    if (more.empty())
      return 0;
    head += more;
  }
  const auto end = head.find("\r\n\r\n");
  const int status = std::stoi(head.substr(9));
  auto body = head.substr(end + 4);
  for (bool first = true; first || !body.empty(); first = false) {
    if (!body.empty() && !part(body))
      return status;
    body = connection.receive();
  }
  return status;
}

} // namespace hawkeye::test
