#include "tests/support/server_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/loopback.hpp"

namespace hawkeye::test {

namespace {

constexpr std::chrono::seconds start_limit{20};
constexpr std::chrono::milliseconds between_looks{3};

bool accepts(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  const bool result =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return result;
}

/// Servers stand in sbin, which is not in everybody's PATH.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return name;
  const char* path = std::getenv("PATH");
  std::string directories = std::string{path ? path : ""} + ":/usr/local/sbin:/usr/sbin:/usr/bin";
  for (std::size_t begin = 0; begin < directories.size();) {
    const auto end = std::min(directories.find(':', begin), directories.size());
    const auto file = directories.substr(begin, end - begin) + "/" + name;
    if (::access(file.c_str(), X_OK) == 0)
      return file;
    begin = end + 1;
  }
  throw std::runtime_error{name + " is not installed"};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Between fork and exec only what is safe in a child of a process with threads.
[[noreturn]] void become(const char* program, char** argv, char** environment, int output,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(126);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  // Whatever the tests are started with, also nothing: after the output, which may be number 0.
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::close_range(3, ~0U, 0);
  ::execve(program, argv, environment);
  ::_exit(127);
}

} // namespace

std::uint16_t free_port() {
  // Below the range from which the kernel takes the ports of outgoing connections: between this
  // look and the server's start, only another test that draws the same number could take it.
  static std::mt19937 chance{std::random_device{}()};
  std::uniform_int_distribution<int> any{20000, 32000};
  for (int tries = 0; tries < 1000; ++tries) {
    const auto port = static_cast<std::uint16_t>(any(chance));
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port);
    const bool free = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    if (free)
      return port;
  }
  throw std::runtime_error{"no free port"};
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    std::this_thread::sleep_for(between_looks);
  }
  return true;
}

server_process::server_process(std::vector<std::string> argv, std::uint16_t port,
                               std::vector<std::string> environment)
    : argv_{std::move(argv)}, environment_{std::move(environment)}, port_{port} {
  start();
}

server_process::~server_process() {
  kill9();
  if (output_ >= 0)
    ::close(output_);
}

server_process::server_process(server_process&& other) noexcept
    : argv_{std::move(other.argv_)}, environment_{std::move(other.environment_)},
      port_{other.port_}, pid_{std::exchange(other.pid_, -1)},
      output_{std::exchange(other.output_, -1)}, exit_code_{other.exit_code_} {}

server_process& server_process::operator=(server_process&& other) noexcept {
  std::swap(argv_, other.argv_);
  std::swap(environment_, other.environment_);
  std::swap(port_, other.port_);
  std::swap(pid_, other.pid_);
  std::swap(output_, other.output_);
  std::swap(exit_code_, other.exit_code_);
  return *this;
}

void server_process::start() {
  if (running())
    throw std::runtime_error{argv_[0] + " runs already"};
  // A stranger who accepts would be taken for our server.
  if (port_ != 0 && accepts(port_))
    throw std::runtime_error{"port " + std::to_string(port_) + " is taken"};
  spawn();
  try {
    await_port();
  } catch (...) {
    kill9();
    ::close(std::exchange(output_, -1));
    throw;
  }
}

void server_process::spawn() {
  const auto program = find_program(argv_[0]);
  auto variables = environment_;
  for (char** x = environ; *x; ++x)
    variables.emplace_back(*x);
  auto arguments = argv_;
  const auto argv = pointers(arguments);
  const auto environment = pointers(variables);
  if (output_ >= 0)
    ::close(output_);
  output_ = ::memfd_create("output", MFD_CLOEXEC);
  exit_code_.reset();
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0)
    become(program.c_str(), const_cast<char**>(argv.data()), const_cast<char**>(environment.data()),
           output_, parent);
  if (pid_ < 0)
    throw std::runtime_error{"cannot start " + program + ": " + std::strerror(errno)};
}

void server_process::await_port() {
  if (port_ == 0)
    return;
  const bool came = eventually([this] { return has_ended(false) || accepts(port_); }, start_limit);
  if (!came || has_ended(false))
    throw std::runtime_error{argv_[0] + " did not start on port " + std::to_string(port_) + ":\n"
                             + output()};
}

bool server_process::has_ended(bool wait) {
  if (pid_ < 0)
    return true;
  int status = 0;
  pid_t ended = 0;
  do
    ended = ::waitpid(pid_, &status, wait ? 0 : WNOHANG);
  while (ended < 0 && errno == EINTR);
  if (ended == 0)
    return false;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return true;
}

bool server_process::running() {
  return !has_ended(false);
}

void server_process::signal(int number) {
  if (running())
    ::kill(pid_, number);
}

void server_process::pause() {
  signal(SIGSTOP);
  siginfo_t info{};
  while (pid_ >= 0
         && ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WEXITED | WNOWAIT) < 0
         && errno == EINTR)
    ;
}

void server_process::resume() {
  signal(SIGCONT);
}

std::optional<int> server_process::wait_for_exit(std::chrono::milliseconds limit) {
  if (!eventually([this] { return has_ended(false); }, limit))
    return {};
  return exit_code_;
}

std::optional<int> server_process::terminate(std::chrono::milliseconds limit) {
  signal(SIGTERM);
  auto code = wait_for_exit(limit);
  if (!code)
    kill9();
  return code;
}

void server_process::kill9() {
  if (has_ended(false))
    return;
  ::kill(pid_, SIGKILL);
  has_ended(true);
}

std::string server_process::output() const {
  std::string result;
  std::array<char, 4096> part{};
  ssize_t got = 0;
  while (output_ >= 0
         && (got = ::pread(output_, part.data(), part.size(), static_cast<off_t>(result.size())))
                > 0)
    result.append(part.data(), static_cast<std::size_t>(got));
  return result;
}

server_process start_nats(std::uint16_t port, std::vector<std::string> extra) {
  std::vector<std::string> argv{"nats-server", "-a", "127.0.0.1", "-p", std::to_string(port)};
  argv.insert(argv.end(), extra.begin(), extra.end());
  return server_process{std::move(argv), port};
}

server_process start_redis(std::uint16_t port, std::vector<std::string> extra) {
  std::vector<std::string> argv{
      "redis-server", "--bind", "127.0.0.1",    "--port", std::to_string(port),
      "--save",       "",       "--appendonly", "no"};
  argv.insert(argv.end(), extra.begin(), extra.end());
  return server_process{std::move(argv), port};
}

std::string nats_url(const server_process& server) {
  return "nats://127.0.0.1:" + std::to_string(server.port());
}

std::string redis_url(const server_process& server) {
  return "redis://127.0.0.1:" + std::to_string(server.port()) + "/0";
}

} // namespace hawkeye::test
