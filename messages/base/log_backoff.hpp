// Repeated failures are logged at exponentially growing intervals: the 1st, 2nd, 4th, 8th ...
// failure in a row. A server that is unreachable for hours does not fill the log but still appears
// in it.
#pragma once

#include <cstdint>

namespace hawkeye {

class log_backoff {
public:
  /// Counts one more failure in a row. True if it should be logged.
  bool should_log() noexcept {
    ++count_;
    return (count_ & (count_ - 1)) == 0;
  }
  /// Failures in a row so far.
  std::uint64_t count() const noexcept {
    return count_;
  }
  /// Resets the count after a success.
  void over() noexcept {
    count_ = 0;
  }

private:
  std::uint64_t count_ = 0;
};

} // namespace hawkeye
