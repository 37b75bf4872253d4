// What cpp-httplib leaves open to slow and greedy clients, closed: every connection has a thread of
// its own and carries one request, which has a time by which it has to be here, a size, and a time
// by which its answer has to be taken. (The library's own timeouts begin anew with each byte.)
// Threading: the accepting thread and the connections' own ones.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include <httplib.h>

#include "actors/http/server.hpp"

namespace hawkeye {

/// Runs each connection in a thread of its own: one that dawdles holds up nobody.
class connection_threads final : public httplib::TaskQueue {
public:
  explicit connection_threads(const http_limits& with) : with_{with} {}
  /// Waits while there are too many.
  void enqueue(std::function<void()> connection) override;
  /// Waits for all of them.
  void shutdown() override;

private:
  void ended();

  const http_limits& with_;
  std::mutex mutex_;
  std::condition_variable one_ended_;
  std::size_t running_ = 0;
};

/// A connection as the library reads and writes it, with our limits.
class limited_stream final : public httplib::Stream {
public:
  /// `stopped`: whether the server stops; then nothing is waited for any more.
  limited_stream(socket_t socket, const http_limits& with, std::function<bool()> stopped)
      : socket_{socket}, with_{with}, stopped_{std::move(stopped)}, left_{with.request_bytes},
        until_{std::chrono::steady_clock::now() + with.request} {}

  bool is_readable() const override;
  bool is_writable() const override;
  /// As the library's own streams: -1 where nothing more comes in time, or too much.
  ssize_t read(char* into, size_t size) override;
  /// All of it, or -1.
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string&, int&) const override {} // nobody here asks
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override {
    return socket_;
  }

private:
  bool await(short what) const;
  bool fill();

  socket_t socket_;
  const http_limits& with_;
  std::function<bool()> stopped_;
  std::string buffer_;    ///< has come in
  std::size_t taken_ = 0; ///< of it
  std::size_t left_;      ///< bytes that may still come
  std::chrono::steady_clock::time_point until_;
};

class limited_server final : public httplib::Server {
public:
  explicit limited_server(http_limits with);

  /// Once it is bound: many may come at once. (With the library's queue of five the next one waits
  /// a second for TCP to try again.)
  void lengthen_queue();

  /// One connection, to its end, in the caller's thread; `stopped`: as for its stream.
  bool serve(socket_t socket, std::function<bool()> stopped);

private:
  bool process_and_close_socket(socket_t socket) override;

  http_limits with_;
};

} // namespace hawkeye
