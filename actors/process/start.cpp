#include "actors/process/start.hpp"

#include <cerrno>
#include <cstdlib>
#include <initializer_list>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace hawkeye {

void prepare_process() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) // the lowest free one is opened
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
      std::abort();
#ifndef __SANITIZE_ADDRESS__ // the leak sanitizer attaches to its own process
  prctl(PR_SET_DUMPABLE, 0);
#endif
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

} // namespace hawkeye
