#include "actors/http/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hawkeye {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How soon a connection that waits sees that the server stops.
constexpr milliseconds stop_look{50};

} // namespace

// -- threads -------------------------------------------------------------------------------------

void connection_threads::enqueue(std::function<void()> connection) {
  {
    std::unique_lock lock{mutex_};
    if (running_ >= with_.connections)
      with_.over(limit::http_connections);
    one_ended_.wait(lock, [this] { return running_ < with_.connections; });
    ++running_;
  }
  const auto run = [this, connection = std::move(connection)] {
    connection();
    ended();
  };
  try {
    std::thread{run}.detach();
  } catch (const std::system_error&) { // no thread to be had: then one after another
    run();
  }
}

void connection_threads::ended() {
  const std::lock_guard lock{mutex_};
  --running_;
  one_ended_.notify_all();
}

void connection_threads::shutdown() {
  std::unique_lock lock{mutex_};
  one_ended_.wait(lock, [this] { return running_ == 0; });
}

// -- stream --------------------------------------------------------------------------------------

bool limited_stream::await(short what) const {
  for (auto now = clock::now(); now < until_ && !stopped_(); now = clock::now()) {
    const auto wait = std::min(stop_look, std::chrono::ceil<milliseconds>(until_ - now));
    pollfd look{socket_, what, 0};
    const auto got = ::poll(&look, 1, static_cast<int>(wait.count()));
    if (got > 0 || (got < 0 && errno != EINTR))
      return got > 0;
  }
  return false;
}

bool limited_stream::is_readable() const {
  return taken_ < buffer_.size() || await(POLLIN);
}

bool limited_stream::is_writable() const {
  return await(POLLOUT);
}

bool limited_stream::fill() {
  if (!await(POLLIN))
    return false;
  buffer_.resize(4096);
  const auto got = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  buffer_.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  taken_ = 0;
  return got > 0;
}

ssize_t limited_stream::read(char* into, size_t size) {
  if (left_ == 0)
    with_.over(limit::http_bytes);
  if (left_ == 0 || clock::now() >= until_ || (taken_ == buffer_.size() && !fill()))
    return -1;
  const auto part = std::min({size, buffer_.size() - taken_, left_});
  std::memcpy(into, buffer_.data() + taken_, part);
  taken_ += part;
  left_ -= part;
  return static_cast<ssize_t>(part);
}

ssize_t limited_stream::write(const char* from, size_t size) {
  until_ = clock::now() + with_.answer;
  for (std::size_t sent = 0; sent < size;) {
    if (!await(POLLOUT))
      return -1;
    const auto got = ::send(socket_, from + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (got < 0 && errno != EAGAIN && errno != EINTR)
      return -1;
    sent += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  return static_cast<ssize_t>(size);
}

// -- server --------------------------------------------------------------------------------------

limited_server::limited_server(http_limits with) : with_{std::move(with)} {
  new_task_queue = [this] {
    return new connection_threads(with_);
  };
}

void limited_server::lengthen_queue() {
  ::listen(svr_sock_, SOMAXCONN);
}

bool limited_server::process_and_close_socket(socket_t socket) {
  return serve(socket, [this] { return svr_sock_ == INVALID_SOCKET; });
}

bool limited_server::serve(socket_t socket, std::function<bool()> stopped) {
  // Else the kernel would hold what is not taken, megabytes of it, long before a write waits.
  const auto timeout_limit = static_cast<unsigned>(with_.answer.count());
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_limit, sizeof timeout_limit);
  limited_stream stream{socket, with_, std::move(stopped)};
  bool closed = false;
  // A short request for many ranges would be a long answer.
  const bool served =
      process_request(stream, true, closed, [](httplib::Request& x) { x.ranges.clear(); });
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  return served;
}

} // namespace hawkeye
