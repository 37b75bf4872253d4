#include "tests/support/tcp_proxy.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/loopback.hpp"

namespace hawkeye::test {

namespace {

/// How soon a change of the link, or the end, is noticed.
constexpr int look_every_ms = 20;

const sockaddr* address(const sockaddr_in& x) {
  return reinterpret_cast<const sockaddr*>(&x);
}

/// -1 where nobody listens.
int connect_to(std::uint16_t port) {
  const int result = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto to = loopback(port);
  if (connect(result, address(to), sizeof to) == 0)
    return result;
  close(result);
  return -1;
}

/// A side that does not read for ten seconds counts as gone.
void prepare(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval longest{10, 0};
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
}

bool send_all(int to, const char* bytes, ssize_t count) {
  while (count > 0) {
    const auto sent = send(to, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    bytes += sent, count -= sent;
  }
  return true;
}

} // namespace

tcp_proxy::tcp_proxy(std::uint16_t server)
    : server_{server}, listener_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  auto at = loopback(0);
  socklen_t size = sizeof at;
  if (bind(listener_, address(at), size) != 0 || listen(listener_, 64) != 0
      || getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::system_error{errno, std::generic_category(), "tcp_proxy"};
  port_ = ntohs(at.sin_port);
  thread_ = std::thread{[this] {
    accept_all();
  }};
}

tcp_proxy::~tcp_proxy() {
  stopping_ = true;
  thread_.join();
  while (connections_ > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  close(listener_);
}

void tcp_proxy::set(link next) {
  link_ = next;
}

void tcp_proxy::accept_all() {
  while (!stopping_) {
    pollfd at{listener_, POLLIN, 0};
    if (poll(&at, 1, look_every_ms) <= 0)
      continue;
    const int program = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (program < 0)
      continue;
    ++connections_;
    std::thread{[this, program] {
      forward(program);
      --connections_;
    }}.detach();
  }
}

void tcp_proxy::forward(int program) {
  const int server = link_ == link::cut ? -1 : connect_to(server_);
  if (server >= 0) {
    prepare(program), prepare(server);
    bool has_lost = false;
    std::array<pollfd, 2> both{pollfd{program, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    while (!stopping_) {
      const auto now = link_.load();
      const bool lossy = now == link::to_server_lost || now == link::to_program_lost;
      if (now == link::cut || (has_lost && !lossy))
        break;
      if (poll(both.data(), both.size(), look_every_ms) <= 0)
        continue;
      if ((both[0].revents != 0 && !pass(program, server, link::to_server_lost, has_lost))
          || (both[1].revents != 0 && !pass(server, program, link::to_program_lost, has_lost)))
        break;
    }
    close(server);
  }
  close(program);
}

/// One piece of what has come; false: the connection is over.
bool tcp_proxy::pass(int from, int to, link lost, bool& has_lost) {
  std::array<char, 65536> bytes;
  const auto count = recv(from, bytes.data(), bytes.size(), 0);
  if (count <= 0)
    return false;
  if (link_ == lost)
    return has_lost = true;
  if (link_ == link::slow)
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  return lost == link::to_program_lost
             ? pass_to_program(bytes.data(), static_cast<std::size_t>(count), to)
             : send_all(to, bytes.data(), count);
}

/// False: the connection is over.
bool tcp_proxy::pass_to_program(const char* bytes, std::size_t count, int program) {
  const auto left = left_.load();
  const bool ends = left > 0 && count >= left;
  if (left > 0)
    left_ = ends ? 0 : left - count;
  return send_all(program, bytes, static_cast<ssize_t>(ends ? left : count)) && !ends;
}

} // namespace hawkeye::test
