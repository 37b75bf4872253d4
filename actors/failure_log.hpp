// A warning about what fails again and again, at growing distances. Threading: its owner's.
#pragma once

#include <optional>

#include <spdlog/spdlog.h>

#include "messages/fallible.hpp"
#include "messages/growing_distance.hpp"

namespace hawkeye {

class failure_log {
public:
  /// `what` begins the line, `a reply could not be published` for one.
  explicit failure_log(const char* what) : what_{what} {}

  /// How the last try ended; a good one ends the row.
  void note(const std::optional<failure>& problem) {
    if (!problem)
      row_.over();
    else if (row_.tells())
      spdlog::warn("{} ({} in a row): {}", what_, row_.count(), problem->reason);
  }

private:
  const char* what_;
  growing_distance row_;
};

} // namespace hawkeye
