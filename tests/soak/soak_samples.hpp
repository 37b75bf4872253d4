// What is looked at every few seconds of a soak, and what is made of it: a table, a CSV file, and
// the judgement whether anything grew. Threading: one owner.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/real_world.hpp"

namespace hawkeye::soak {

/// Counts are since the begin, latencies of the time since the last sample.
struct sample {
  double seconds = 0;
  const char* phase = "warm"; ///< warm, calm, storm, quiet
  double rss_mb = 0;          ///< the least since the last sample, MB of 1e6 bytes
  double peak_mb = 0;         ///< the most; a refresh holds two snapshots for a timestamp
  std::uint64_t threads = 0, descriptors = 0;
  double p50_us = 0, p99_us = 0;
  std::uint64_t answered = 0, refused = 0, unanswered = 0, wrong = 0;
  double hostile_mb = 0; ///< sent, over NATS and HTTP
  std::uint64_t hostile_answers = 0;
  std::uint64_t refreshes = 0, over_limit = 0, disturbances = 0;
};

/// Resident memory of a process, MB of 1e6 bytes.
double resident_mb(pid_t pid);

/// Threads and descriptors as the kernel says; refreshes and refusals over a limit as the service's
/// own metrics say, where they answer: else as in `before`.
void look_at(sample& into, const test::service_process& service, const sample& before);

/// What the service refused because it went over a limit, by its names: `nesting 17, ...`.
std::string over_limits(const test::service_process& service);

/// The value at `share` of the latencies, in any order; 0 where there are none.
double quantile(std::vector<double>& latencies, double share);

class sample_log {
public:
  /// Writes to `directory`/soak.csv, made where it is missing.
  explicit sample_log(const std::string& directory);

  /// Prints every `print_each`-th.
  void add(const sample& x, std::size_t print_each);
  const std::vector<sample>& all() const noexcept {
    return samples_;
  }

private:
  std::ofstream csv_;
  std::vector<sample> samples_;
};

/// Whether memory, threads and descriptors are at the end what they were, and memory never was far
/// more, in sentences; the second value: no. A short run has no steady state yet: its memory is
/// shown, not judged.
std::pair<std::vector<std::string>, bool> judge_growth(const std::vector<sample>& samples);

} // namespace hawkeye::soak
