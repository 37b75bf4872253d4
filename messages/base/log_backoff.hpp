// Repeated failures are logged at exponentially growing intervals: the first, the second, the
// fourth, the eighth of a row. A server that is away for a night does not fill the log, and is not
// forgotten in it.
#pragma once

#include <cstdint>

namespace hawkeye {

class log_backoff {
public:
  /// One more of the row; whether to log it.
  bool should_log() noexcept {
    ++count_;
    return (count_ & (count_ - 1)) == 0;
  }
  /// How many there were in this row.
  std::uint64_t count() const noexcept {
    return count_;
  }
  /// The row has ended.
  void over() noexcept {
    count_ = 0;
  }

private:
  std::uint64_t count_ = 0;
};

} // namespace hawkeye
