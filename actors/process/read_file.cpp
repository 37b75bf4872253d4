#include "actors/process/read_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hawkeye {

namespace {

constexpr std::size_t max_file_bytes = 1 << 20;

struct open_file {
  explicit open_file(const std::string& name)
      : descriptor{::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)} {}
  ~open_file() {
    if (descriptor >= 0)
      ::close(descriptor);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  /// True once a read does not block. A pipe that nobody writes to has to be polled first: a read
  /// would return its end.
  bool can_be_read(std::chrono::steady_clock::time_point until) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd waiting{descriptor, POLLIN, 0};
    return left.count() > 0 && ::poll(&waiting, 1, static_cast<int>(left.count())) != 0;
  }

  const int descriptor;
};

} // namespace

bool is_there(const std::string& name) {
  struct stat about {};
  return ::lstat(name.c_str(), &about) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

expected<std::string> read_file(const std::string& name, std::chrono::milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  const open_file file{name};
  if (file.descriptor < 0)
    return fail("cannot be read: {}", std::strerror(errno));
  std::string text;
  std::array<char, 4096> part{};
  while (text.size() <= max_file_bytes) {
    if (!file.can_be_read(until))
      return fail("cannot be read: its end did not come within {} ms", wait.count());
    const auto count = ::read(file.descriptor, part.data(), part.size());
    if (count == 0)
      return text;
    if (count > 0)
      text.append(part.data(), static_cast<std::size_t>(count));
    else if (errno != EINTR && errno != EAGAIN)
      return fail("cannot be read: {}", std::strerror(errno));
  }
  return fail("cannot be read: it is larger than {} MiB", max_file_bytes >> 20);
}

} // namespace hawkeye
