#include "tests/soak/soak_samples.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string_view>
#include <system_error>

namespace hawkeye::soak {

namespace {

/// What is left are the heap's pages, which a refresh leaves filled differently each time (glibc
/// gives back whole pages only), and buffers that keep the longest message that ever came, 1 MB.
constexpr double memory_tolerance_mb = 3;
/// For a timestamp: a second snapshot, what a refresh reads, the answers under way, and a second of
/// hostile messages. Queues without a bound would hold what came while something was stopped.
constexpr double peak_tolerance_mb = 60;
#ifdef __SANITIZE_ADDRESS__
constexpr bool sanitized = true; // what was freed is kept for a while
#else
constexpr bool sanitized = false;
#endif
/// One connection or its thread may be open just when a sample is taken.
constexpr double count_tolerance = 1;
/// A quarter may have seen a fault that closed some for a while: one to NATS, two to Redis.
constexpr double closed_by_faults = 3;
/// Shorter runs are over before all buffers have had their largest content once.
constexpr double judged_from_seconds = 240;

/// A line of /proc/PID/status: "VmRSS:   1234 kB"
double status_field(pid_t pid, std::string_view name) {
  std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name))
      return std::stod(line.substr(name.size()));
  return 0;
}

/// All values of a metric, over its labels that contain `label`.
std::optional<std::uint64_t> metric(const std::string& page, std::string_view name,
                                    std::string_view label = "") {
  std::istringstream lines{page};
  double sum = 0;
  bool found = false;
  for (std::string line; std::getline(lines, line);) {
    const bool is_it = line.starts_with(name) && line.size() > name.size()
                       && (line[name.size()] == '{' || line[name.size()] == ' ');
    if (!is_it || line.find(label) == std::string::npos)
      continue;
    sum += std::stod(line.substr(line.rfind(' ')));
    found = true;
  }
  return found ? std::optional{static_cast<std::uint64_t>(sum)} : std::nullopt;
}

std::string print(const char* format, auto... values) {
  std::string result(256, '\0');
  result.resize(
      static_cast<std::size_t>(std::snprintf(result.data(), result.size(), format, values...)));
  return result;
}

struct part {
  std::vector<sample> samples;
  /// The smallest value: whatever leaks is in it, what is only in use for a while is not.
  double floor(double (*of)(const sample&)) const {
    double result = samples.empty() ? 0 : of(samples[0]);
    for (const auto& x : samples)
      result = std::min(result, of(x));
    return result;
  }
};

part of_phase(const std::vector<sample>& all, std::string_view phase) {
  part result;
  for (const auto& x : all)
    if (x.phase == phase)
      result.samples.push_back(x);
  return result;
}

/// Which of the four quarters, from 0.
part quarter(const part& whole, std::size_t which) {
  const auto at = [&](std::size_t x) {
    return whole.samples.begin() + static_cast<std::ptrdiff_t>(whole.samples.size() * x / 4);
  };
  return {{at(which), at(which + 1)}};
}

double highest_peak(const std::vector<sample>& samples) {
  double result = 0;
  for (const auto& x : samples)
    result = std::max(result, x.peak_mb);
  return result;
}

struct judgement {
  std::vector<std::string> said;
  bool grew = false;

  void add(const char* what, const char* when, double before, double after, double tolerance,
           bool counts) {
    const bool more = counts && after > before + tolerance;
    grew = grew || more;
    said.push_back(print("%s, %s: %.1f, then %.1f (%.1f more are tolerated): %s", what, when,
                         before, after, tolerance,
                         more     ? "GREW"
                         : counts ? "did not grow"
                                  : "not judged"));
  }
};

constexpr std::string_view csv_head =
    "seconds,phase,rss_mb,peak_mb,threads,descriptors,p50_us,p99_us,answered,refused,unanswered,"
    "wrong,"
    "hostile_mb,hostile_answers,refreshes,over_limit,disturbances\n";

constexpr std::string_view table_head =
    "| time s | phase | resident MB | peak | threads | descriptors | p50 us | p99 us | answered | "
    "refused "
    "| unanswered | wrong | hostile MB | its answers | refreshes | over a limit | disturbances |\n"
    "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";

} // namespace

double resident_mb(pid_t pid) {
  return status_field(pid, "VmRSS:") * 1024 / 1e6;
}

void look_at(sample& into, const test::service_process& service, const sample& before) {
  const auto pid = service.process.pid();
  into.threads = static_cast<std::uint64_t>(status_field(pid, "Threads:"));
  const auto descriptors = "/proc/" + std::to_string(pid) + "/fd";
  std::error_code gone;
  for (auto i = std::filesystem::directory_iterator{descriptors, gone};
       !gone && i != std::filesystem::directory_iterator{}; i.increment(gone))
    ++into.descriptors;
  std::string page;
  if (service.page("/metrics", &page) != 200)
    page.clear();
  into.refreshes = metric(page, "hawkeye_cache_refreshes_total", R"(result="published")")
                       .value_or(before.refreshes);
  into.over_limit = metric(page, "hawkeye_cache_over_limit_total").value_or(before.over_limit);
}

std::string over_limits(const test::service_process& service) {
  constexpr std::string_view begin = R"(hawkeye_cache_over_limit_total{limit=")";
  std::string page, result;
  service.page("/metrics", &page);
  std::istringstream lines{page};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(begin)) {
      const auto name = line.substr(begin.size(), line.find('"', begin.size()) - begin.size());
      result += (result.empty() ? "" : ", ") + name + line.substr(line.rfind(' '));
    }
  return result;
}

double quantile(std::vector<double>& latencies, double share) {
  if (latencies.empty())
    return 0;
  const auto at = latencies.begin()
                  + static_cast<std::ptrdiff_t>(share * static_cast<double>(latencies.size() - 1));
  std::nth_element(latencies.begin(), at, latencies.end());
  return *at;
}

sample_log::sample_log(const std::string& directory) {
  std::filesystem::create_directories(directory);
  csv_.open(directory + "/soak.csv");
  csv_ << csv_head;
}

void sample_log::add(const sample& x, std::size_t print_each) {
  csv_ << print("%.1f,%s,%.2f,%.2f,%lu,%lu,%.0f,%.0f,%lu,%lu,%lu,%lu,%.2f,%lu,%lu,%lu,%lu\n",
                x.seconds, x.phase, x.rss_mb, x.peak_mb, x.threads, x.descriptors, x.p50_us,
                x.p99_us, x.answered, x.refused, x.unanswered, x.wrong, x.hostile_mb,
                x.hostile_answers, x.refreshes, x.over_limit, x.disturbances)
       << std::flush;
  if (samples_.empty())
    std::cout << table_head;
  if (samples_.size() % print_each == 0)
    std::cout << print(
        "| %.0f | %s | %.1f | %.1f | %lu | %lu | %.0f | %.0f | %lu | %lu | %lu | %lu | %.0f "
        "| %lu | %lu | %lu | %lu |\n",
        x.seconds, x.phase, x.rss_mb, x.peak_mb, x.threads, x.descriptors, x.p50_us, x.p99_us,
        x.answered, x.refused, x.unanswered, x.wrong, x.hostile_mb, x.hostile_answers, x.refreshes,
        x.over_limit, x.disturbances)
              << std::flush;
  samples_.push_back(x);
}

std::pair<std::vector<std::string>, bool> judge_growth(const std::vector<sample>& samples) {
  const double end = samples.empty() ? 0 : samples.back().seconds;
  const bool steady = end >= judged_from_seconds;
  judgement judged;
  const auto compare = [&](const char* what, const char* when, const part& a, const part& b,
                           double (*of)(const sample&), double tolerance, bool counts) {
    judged.add(what, when, a.floor(of), b.floor(of), tolerance, counts);
  };
  const auto rss = [](const sample& x) {
    return x.rss_mb;
  };
  const auto threads = [](const sample& x) {
    return static_cast<double>(x.threads);
  };
  const auto descriptors = [](const sample& x) {
    return static_cast<double>(x.descriptors);
  };
  const auto storm = of_phase(samples, "storm");
  const auto second = quarter(storm, 1), last = quarter(storm, 3);
  const auto calm = of_phase(samples, "calm"), quiet = of_phase(samples, "quiet");
  const auto* quarters = "least in the second and the last quarter of the storm";
  const auto* around = "least in the calm before the storm and the quiet after it";
  compare("resident MB", quarters, second, last, rss, memory_tolerance_mb, steady);
  compare("resident MB", around, calm, quiet, rss, memory_tolerance_mb, steady);
  judged.add("resident MB", "least in the calm and most at any time", calm.floor(rss),
             highest_peak(samples), peak_tolerance_mb, !sanitized);
  for (const auto& [what, of] : {std::pair{"threads", +threads}, {"descriptors", +descriptors}}) {
    compare(what, quarters, second, last, of, count_tolerance + closed_by_faults, steady);
    compare(what, around, calm, quiet, of, count_tolerance, true);
  }
  return {judged.said, judged.grew};
}

} // namespace hawkeye::soak
