// A real server (or the service itself) as a child process, for tests: started on a free loopback
// port, waited for with a deadline, ended by its process id whatever happens to the test. Failing
// to start is a std::runtime_error that holds what the process printed. Threading: one owner; the
// child dies with the thread that started it, so start it from one that lives as long as the test.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace hawkeye::test {

/// A loopback port that nobody listens on now.
std::uint16_t free_port();

/// Looks again every few milliseconds until `condition` holds; false where it never did. For
/// processes and sockets, which have no virtual clock.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::seconds{10});

class server_process {
public:
  /// Starts `argv` (a program is looked up in PATH and the sbin directories) and waits until
  /// 127.0.0.1:`port` accepts. Port 0: does not wait. `environment`: `NAME=value`, added to ours.
  explicit server_process(std::vector<std::string> argv, std::uint16_t port = 0,
                          std::vector<std::string> environment = {});
  ~server_process();
  server_process(server_process&& other) noexcept;
  server_process& operator=(server_process&& other) noexcept;

  pid_t pid() const noexcept {
    return pid_;
  }
  std::uint16_t port() const noexcept {
    return port_;
  }
  bool running();

  void signal(int number);
  /// SIGSTOP: the port goes on accepting, nothing is answered. Returns once it has stopped.
  void pause();
  void resume();

  /// SIGTERM, then SIGKILL after `limit`. The exit code (128 + signal where a signal ended it), or
  /// nothing where it had to be killed.
  std::optional<int> terminate(std::chrono::milliseconds limit = std::chrono::seconds{5});
  /// SIGKILL; returns once it is gone.
  void kill9();
  /// The exit code as above once it has ended by itself; nothing where it has not within `limit`.
  std::optional<int> wait_for_exit(std::chrono::milliseconds limit);

  /// The same command on the same port again, after it ended.
  void start();
  void restart() {
    kill9();
    start();
  }

  /// What it printed since the last start, both streams.
  std::string output() const;

private:
  void spawn();
  bool has_ended(bool wait);
  void await_port();

  std::vector<std::string> argv_, environment_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1; ///< -1: not running
  int output_ = -1;
  std::optional<int> exit_code_;
};

/// nats-server on 127.0.0.1, e.g. start_nats(free_port(), {"--user", "u", "--pass", "p"}).
server_process start_nats(std::uint16_t port = free_port(), std::vector<std::string> extra = {});

/// redis-server on 127.0.0.1 that writes no file, e.g. start_redis(free_port(), {"--requirepass",
/// "p"}).
server_process start_redis(std::uint16_t port = free_port(), std::vector<std::string> extra = {});

std::string nats_url(const server_process& server);  ///< nats://127.0.0.1:port
std::string redis_url(const server_process& server); ///< redis://127.0.0.1:port/0

} // namespace hawkeye::test
