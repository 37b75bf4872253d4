#include "bench/report.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <tuple>

namespace hawkeye::bench {

double median(std::vector<double> values) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double median_ratio(const std::vector<double>& ours, const std::vector<double>& bare) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(ours.size(), bare.size()); ++i)
    ratios.push_back(ours[i] / bare[i]);
  return median(ratios);
}

std::string shown(double value, const char* unit) {
  char text[64];
  const int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  std::snprintf(text, sizeof text, "%.*f%s", digits, value, unit);
  return text;
}

report::report(const std::string& directory) {
  std::filesystem::create_directories(directory);
  samples_.open(directory + "/samples.csv");
  scaling_.open(directory + "/scaling.csv");
  table_.open(directory + "/table.txt");
  samples_ << "case,whose,value\n";
  scaling_ << "figure,devices,value\n";
  print("%-58s %12s %12s %7s %8s\n", "case", "ours", "bare", "ratio", "reach");
}

/// One line, or several: to the terminal at once, and to the file.
void report::print(const char* format, ...) {
  char text[512];
  va_list values;
  va_start(values, format);
  std::vsnprintf(text, sizeof text, format, values);
  va_end(values);
  table_ << text << std::flush;
  std::fputs(text, stdout);
  std::fflush(stdout);
}

void report::row(const std::string& what, const std::string& ours, const std::string& bare,
                 double ratio, double reach, bool higher) {
  const bool ok = higher ? ratio >= reach : ratio <= reach;
  kept_ &= ok;
  print("%-58s %12s %12s %7.2f %s %5.2f %s\n", what.c_str(), ours.c_str(), bare.c_str(), ratio,
        higher ? ">=" : "<=", reach, ok ? "ok" : "MISSED");
}

void report::sample(const std::string& what, const std::string& whose, double value) {
  samples_ << '"' << what << "\"," << whose << ',' << value << '\n';
}

void report::scaling(const std::string& figure, std::size_t devices, double value) {
  scaling_ << '"' << figure << "\"," << devices << ',' << value << '\n';
  figures_.push_back({figure, devices, value});
}

void report::note(const std::string& text) {
  print("  %s\n", text.c_str());
}

void report::wrong(const std::string& what) {
  kept_ = false;
  print("WRONG: %s\n", what.c_str());
}

bool report::finish() {
  if (!figures_.empty())
    print("\n%-58s %10s %12s\n", "as the fleet grows", "devices", "");
  std::stable_sort(figures_.begin(), figures_.end(), [](const scaled& a, const scaled& b) {
    return std::tie(a.figure, a.devices) < std::tie(b.figure, b.devices);
  });
  for (const auto& x : figures_)
    print("%-58s %10zu %12s\n", x.figure.c_str(), x.devices, shown(x.value).c_str());
  return kept_;
}

} // namespace hawkeye::bench
