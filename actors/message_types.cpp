#include "actors/message_types.hpp"

namespace hawkeye {

std::string to_string(fault x) {
  switch (x) {
  case fault::none:
    return "none";
  case fault::timed_out:
    return "timed out";
  case fault::no_responders:
    return "no responders";
  case fault::unavailable:
    return "unavailable";
  case fault::bad_reply:
    return "bad reply";
  case fault::unreadable:
    return "unreadable";
  case fault::refuses_writes:
    return "refuses writes";
  case fault::refused:
    return "refused";
  }
  return "unknown";
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
