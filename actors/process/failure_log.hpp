// Logs a failure that repeats, at exponentially growing intervals. Threading: its owner's thread.
#pragma once

#include <optional>

#include <spdlog/spdlog.h>

#include "messages/base/log_backoff.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

class failure_log {
public:
  /// `operation` begins the log line, for example `a reply could not be published`.
  explicit failure_log(const char* operation) : operation_{operation} {}

  /// Records the result of an attempt. A success ends the series of failures.
  void note(const std::optional<failure>& problem) {
    if (!problem)
      row_.over();
    else if (row_.should_log())
      spdlog::warn("{} ({} in a row): {}", operation_, row_.count(), problem->reason);
  }

private:
  const char* operation_;
  log_backoff row_;
};

} // namespace hawkeye
