// What was measured: the table for people, the samples for plots.
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace hawkeye::bench {

double median(std::vector<double> values);
/// The median of the rounds' ratios: what disturbs a round disturbs both halves of it.
double median_ratio(const std::vector<double>& ours, const std::vector<double>& bare);

class report {
public:
  /// Samples go to DIRECTORY/samples.csv, figures by fleet size to DIRECTORY/scaling.csv, and what
  /// is printed to DIRECTORY/table.txt, too.
  explicit report(const std::string& directory);

  /// A figure with the limit it has to keep. `higher` is better or not; `ours` and `bare` as they
  /// are to be shown, with their unit.
  void row(const std::string& what, const std::string& ours, const std::string& bare, double ratio,
           double reach, bool higher);
  void sample(const std::string& what, const std::string& whose, double value);
  void scaling(const std::string& figure, std::size_t devices, double value);
  /// A line that explains the row before it.
  void note(const std::string& text);
  /// Something that was wrong altogether.
  void wrong(const std::string& what);

  /// Prints the scaling figures; whether every reach was kept.
  bool finish();

private:
  struct scaled {
    std::string figure;
    std::size_t devices;
    double value;
  };
  void print(const char* format, ...) __attribute__((format(printf, 2, 3)));

  std::ofstream samples_, scaling_, table_;
  std::vector<scaled> figures_;
  bool kept_ = true;
};

/// "12.3", "456", "1.20 M": three digits.
std::string shown(double value, const char* unit = "");

} // namespace hawkeye::bench
