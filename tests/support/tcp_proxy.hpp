// A way between one program and one server that can be cut, delayed, or lose everything in one
// direction, as a network between two machines can. Threading: one thread per connection; `set` may
// be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace hawkeye::test {

class tcp_proxy {
public:
  enum class link {
    open,
    cut,             ///< connections end, new ones end at once
    to_server_lost,  ///< what the program sends is lost, and neither side notices
    to_program_lost, ///< what the server sends is
    slow             ///< every piece is delayed by 50 ms
  };

  /// Listens on a free loopback port and connects to 127.0.0.1:`server`.
  explicit tcp_proxy(std::uint16_t server);
  ~tcp_proxy();
  tcp_proxy(const tcp_proxy&) = delete;
  tcp_proxy& operator=(const tcp_proxy&) = delete;

  std::uint16_t port() const noexcept {
    return port_;
  }
  /// Ends all connections that have lost anything.
  void set(link next);
  link state() const noexcept {
    return link_;
  }
  /// Ends a connection once its program has got this many more bytes; once.
  void end_after(std::size_t bytes) noexcept {
    left_ = bytes;
  }

private:
  void accept_all();
  void forward(int program);
  bool pass(int from, int to, link lost, bool& has_lost);
  bool pass_to_program(const char* bytes, std::size_t count, int program);

  std::uint16_t server_, port_ = 0;
  int listener_ = -1;
  std::atomic<link> link_{link::open};
  std::atomic<std::size_t> left_{0}; ///< 0: no end is planned
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> connections_{0}; ///< threads that still run
  std::thread thread_;
};

} // namespace hawkeye::test
