#include "bench/process.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <unistd.h>

namespace hawkeye::bench {

namespace {

/// "VmRSS:   1234 kB"
double status_mb(pid_t pid, const std::string& key) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key))
      return std::stod(line.substr(key.size())) * 1024 / 1e6;
  return 0;
}

} // namespace

double cpu_us(pid_t pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  std::getline(in, text);
  std::istringstream fields{text.substr(text.rfind(')') + 2)};
  std::string skipped;
  for (int i = 3; i < 14; ++i)
    fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) * 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double rss_mb(pid_t pid) {
  return status_mb(pid, "VmRSS:");
}

double peak_mb(pid_t pid) {
  return status_mb(pid, "VmHWM:");
}

} // namespace hawkeye::bench
