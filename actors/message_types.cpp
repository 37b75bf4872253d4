#include "actors/message_types.hpp"

#include <array>

namespace hawkeye {

std::string to_string(fault x) {
  constexpr std::array names{"none",      "timed out",  "no responders", "unavailable",
                             "bad reply", "unreadable", "refused",       "refuses writes"};
  return names[static_cast<std::size_t>(x)];
}

caf::error make_fault(fault x, std::string sentence) {
  return caf::make_error(x, std::move(sentence));
}

std::string reason_of(const caf::error& x) {
  if (x.context().match_elements<std::string>())
    return x.context().get_as<std::string>(0);
  return caf::to_string(x);
}

fault fault_of(const caf::error& x) {
  if (x.category() == caf::detail::error_factory<fault>::category)
    return static_cast<fault>(x.code());
  return x == caf::sec::request_timeout ? fault::timed_out : fault::unavailable;
}

} // namespace hawkeye
