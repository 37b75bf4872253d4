// A warning about what fails again and again, at exponentially growing intervals. Threading: its
// owner's.
#pragma once

#include <optional>

#include <spdlog/spdlog.h>

#include "messages/base/log_backoff.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

class failure_log {
public:
  /// `what` begins the line, `a reply could not be published` for one.
  explicit failure_log(const char* what) : what_{what} {}

  /// How the last try ended; a good one ends the row.
  void note(const std::optional<failure>& problem) {
    if (!problem)
      row_.over();
    else if (row_.should_log())
      spdlog::warn("{} ({} in a row): {}", what_, row_.count(), problem->reason);
  }

private:
  const char* what_;
  log_backoff row_;
};

} // namespace hawkeye
