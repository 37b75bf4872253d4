// What the kernel says of another process: its CPU and its memory.
#pragma once

#include <sys/types.h>

namespace hawkeye::bench {

double cpu_us(pid_t pid);  ///< user and system time so far, µs, to 10 ms
double rss_mb(pid_t pid);  ///< resident now, MB of 1e6 bytes
double peak_mb(pid_t pid); ///< the most that was resident

} // namespace hawkeye::bench
