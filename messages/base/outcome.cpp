#include "messages/base/outcome.hpp"

namespace hawkeye {

std::string_view to_string(outcome x) noexcept {
  constexpr std::array<std::string_view, outcome_count> names{"monitored",
                                                              "carried_over",
                                                              "malformed",
                                                              "no_serial",
                                                              "duplicate_serial",
                                                              "never_contacted",
                                                              "no_customer",
                                                              "no_management_status",
                                                              "not_monitored",
                                                              "client_info_failed",
                                                              "management_status_failed",
                                                              "unresolved",
                                                              "record_too_old",
                                                              "not_listed",
                                                              "removal_unconfirmed"};
  return names[static_cast<std::size_t>(x)];
}

} // namespace hawkeye
