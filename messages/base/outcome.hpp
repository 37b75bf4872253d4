// Why a device is in the snapshot or not. The log, the page, the metrics and `explain` all use this
// enum.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hawkeye {

enum class outcome : std::uint8_t {
  monitored,            ///< in: Bruin has a client, and the management status is a monitored one
  carried_over,         ///< in: Bruin did not answer; the last good record is served
  malformed,            ///< out: the probe is not an object, or a field has the wrong type
  no_serial,            ///< out: serialNumber missing, null or blank
  duplicate_serial,     ///< out: another probe with this serial was contacted later
  never_contacted,      ///< out: neither nodetonode nor realservice ever had contact
  no_customer,          ///< out: Bruin has no client for the serial
  no_management_status, ///< out: Bruin has no management status (null)
  not_monitored,        ///< out: the management status is not in the configured list
  client_info_failed,   ///< out: the client info call failed, and there is no earlier record
  management_status_failed, ///< out: the management status call failed, and there is no earlier
                            ///< record
  unresolved,     ///< out: the refresh ended before Bruin was asked, and there is no earlier record
  record_too_old, ///< out: Bruin did not answer, and the last good record is older than
                  ///< refresh.max-stale
  not_listed,     ///< in: missing in Hawkeye's list, or listed without contact; a second list must
                  ///< confirm it
  removal_unconfirmed ///< in: Bruin answered no for too many devices at once; a second answer must
                      ///< confirm it
};

inline constexpr std::size_t outcome_count = 15;

/// All outcomes, in the order of the enum.
inline constexpr auto all_outcomes = [] {
  std::array<outcome, outcome_count> result{};
  for (std::size_t i = 0; i < outcome_count; ++i)
    result[i] = static_cast<outcome>(i);
  return result;
}();

/// The name in logs, metrics and JSON: the enumerator's own.
constexpr std::string_view to_string(outcome x) noexcept {
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

/// The number of devices per outcome.
struct outcome_counts {
  std::array<std::uint64_t, outcome_count> values{};
  std::uint64_t& operator[](outcome x) noexcept {
    return values[static_cast<std::size_t>(x)];
  }
  std::uint64_t operator[](outcome x) const noexcept {
    return values[static_cast<std::size_t>(x)];
  }
  friend bool operator==(const outcome_counts&, const outcome_counts&) = default;
};

/// True if Bruin did not answer, so that the last good record may be served. An answer of no is
/// different.
constexpr bool bruin_did_not_answer(outcome x) noexcept {
  return x == outcome::client_info_failed || x == outcome::management_status_failed
         || x == outcome::unresolved;
}

/// True if a device with this outcome is served only until its removal is confirmed.
constexpr bool removal_waits(outcome x) noexcept {
  return x == outcome::not_listed || x == outcome::removal_unconfirmed;
}

/// True if a device with this outcome is served.
constexpr bool is_served(outcome x) noexcept {
  return x == outcome::monitored || x == outcome::carried_over || removal_waits(x);
}

} // namespace hawkeye
