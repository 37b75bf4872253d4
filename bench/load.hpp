// A closed loop of requests: so many are always in flight, over one connection or several, and
// every reply is compared. Threading: the library's threads send the next request as each reply
// comes; the caller waits.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <nats/nats.h>

namespace hawkeye::bench {

struct load_result {
  double per_second = 0;
  std::vector<double> latencies_us; ///< sorted
  std::size_t wrong = 0;            ///< replies that were not what they should be

  /// `share` in [0, 1]: 0.5 is the median.
  double latency(double share) const;
};

class load {
public:
  explicit load(const std::string& url, std::size_t connections = 1);
  ~load();
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  /// One request; empty where no reply comes within seconds.
  std::string ask(const std::string& subject, const std::string& request);

  /// Keeps `in_flight` requests open until `count` are answered or `length` is over. Each reply has
  /// to be `expected`, byte by byte.
  load_result run(const std::string& subject, const std::string& request, std::size_t in_flight,
                  std::chrono::milliseconds length, const std::string& expected,
                  std::size_t count = SIZE_MAX);

private:
  std::vector<natsConnection*> connections_;
};

} // namespace hawkeye::bench
