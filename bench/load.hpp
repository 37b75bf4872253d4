// A closed loop of requests over one connection: so many are always in flight. Threading: the
// library's thread sends the next request as each reply comes; the caller waits.
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
  std::size_t wrong_size = 0;       ///< replies of another size than expected

  /// `share` in [0, 1]: 0.5 is the median.
  double latency(double share) const;
};

class load {
public:
  explicit load(const std::string& url);
  ~load();
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  /// One request; empty where no reply comes within seconds.
  std::string ask(const std::string& subject, const std::string& request);

  /// Keeps `in_flight` requests open until `count` are answered or `length` is over.
  /// `reply_bytes`: how long each reply has to be; 0: any.
  load_result run(const std::string& subject, const std::string& request, std::size_t in_flight,
                  std::chrono::milliseconds length, std::size_t reply_bytes = 0,
                  std::size_t count = SIZE_MAX);

private:
  natsConnection* connection_ = nullptr;
};

} // namespace hawkeye::bench
