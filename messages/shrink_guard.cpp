// The rule alone; who holds the candidate and asks again is the refresh scheduler.
#include "messages/shrink_guard.hpp"

namespace hawkeye {

verdict judge(std::optional<std::size_t> previous, std::size_t next,
              std::optional<std::size_t> candidate, const refresh_settings& with) noexcept {
  if (next == 0)
    return verdict::hold;
  const bool guarded = with.guard_max_drop < 100 && previous && *previous >= with.guard_min_devices;
  if (!guarded || next * 100 >= *previous * (100 - with.guard_max_drop))
    return verdict::publish;
  const auto within_a_tenth = [&](std::size_t before) {
    const auto apart = next > before ? next - before : before - next;
    return apart * 10 <= before;
  };
  return candidate && within_a_tenth(*candidate) ? verdict::publish : verdict::hold;
}

} // namespace hawkeye
