#include "actors/process/start.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <latch>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace hawkeye {

namespace {

/// Threads of the service, with the first one. Counted: 17 while it serves, one more for systemd's
/// watchdog, and up to two more while it stops. The other two are for what a library may add.
constexpr std::size_t needed_threads = 22;

/// For an uncaught exception: prints one line and ends with the exit code of a failure.
[[noreturn]] void end_with_a_line() {
  std::string why = "an unexpected error";
  try {
    if (const auto thrown = std::current_exception())
      std::rethrow_exception(thrown);
  } catch (const std::exception& x) {
    why = x.what();
  } catch (...) {}
  std::fprintf(stderr, "hawkeye-customer-cache: stopping: %s\n", why.c_str());
  std::_Exit(EXIT_FAILURE);
}

} // namespace

void prepare_process() {
  std::set_terminate(end_with_a_line);
  // open() returns the lowest free descriptor. A closed standard output stays one that refuses what
  // is written, so that a command whose output is lost does not end with 0.
  for (const auto& [fd, mode] :
       {std::pair{STDIN_FILENO, O_RDWR}, {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_RDWR}})
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", mode) != fd)
      std::abort();
#ifndef __SANITIZE_ADDRESS__ // the leak sanitizer attaches to its own process
  prctl(PR_SET_DUMPABLE, 0);
#endif
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

std::optional<failure> try_threads() {
  std::latch all_started{1};
  std::vector<std::thread> threads;
  std::optional<failure> why;
  try {
    while (threads.size() + 1 < needed_threads)
      threads.emplace_back([&] { all_started.wait(); });
  } catch (const std::system_error& x) {
    why = fail("only {} of some {} threads can be made ({}): raise the limit of processes and "
               "threads (ulimit -u, TasksMax of systemd, the pids limit of a container)",
               threads.size() + 1, needed_threads, x.code().message());
  }
  all_started.count_down();
  for (auto& thread : threads)
    thread.join();
  return why;
}

} // namespace hawkeye
