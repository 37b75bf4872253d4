// The rule alone; who holds the candidate and asks again is the refresh scheduler.
#include "messages/snapshot/shrink_guard.hpp"

namespace hawkeye {

verdict judge(std::optional<std::size_t> previous, std::size_t next,
              std::optional<std::size_t> candidate, const refresh_settings& with) noexcept {
  if (next == 0)
    return verdict::hold;
  const bool guarded = with.guard_max_drop < 100 && previous && *previous >= with.guard_min_devices;
  if (!guarded || next * 100 >= *previous * (100 - with.guard_max_drop))
    return verdict::publish;
  return candidate && alike(*candidate, next) ? verdict::publish : verdict::hold;
}

bool alike(std::size_t held, std::size_t next) noexcept {
  const auto apart = next > held ? next - held : held - next;
  return apart * 10 <= held;
}

} // namespace hawkeye
