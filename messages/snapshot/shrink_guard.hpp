// Confirm before shrinking: a result that lost half of the fleet is more often Hawkeye's broken
// paging than a lost fleet.
#pragma once

#include <cstddef>
#include <optional>

#include "messages/config/settings.hpp"

namespace hawkeye {

enum class verdict {
  publish, ///< large enough, or confirmed by a second result of about the same size
  hold     ///< too small: the old snapshot stays, this result is the candidate now; ask again
};

/// `previous`: devices in the current snapshot, nothing where there is none. `next`: devices in the
/// new result. `candidate`: size of the result held long enough ago, if any. next == 0 is never
/// published, whatever the settings (verdict::hold).
verdict judge(std::optional<std::size_t> previous, std::size_t next,
              std::optional<std::size_t> candidate, const refresh_settings& with) noexcept;

/// Whether two results that are too small are of about the same size: `next` confirms `held`.
bool alike(std::size_t held, std::size_t next) noexcept;

} // namespace hawkeye
