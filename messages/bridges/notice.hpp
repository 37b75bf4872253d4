// Messages to people: texts and request bodies for the notifier's subjects.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/bridges/probe.hpp"
#include "messages/bridges/resolution.hpp"

namespace hawkeye {

/// `{"message":"[<service>] <text>"}`; Slack's markup in the text is escaped, so the name of a
/// device or bridge cannot mention users or disguise a link.
std::string slack_body(std::string_view service, std::string_view text);

/// `{"email_data":{"subject","recipient","text","html","images":[],"attachments":[]}}`; html is
/// `text` escaped, in <pre>.
std::string email_body(std::string_view subject, std::string_view recipient, std::string_view text);

/// A serial number with more than one client.
struct ambiguous_serial {
  std::string serial_number;
  std::vector<std::string> clients;
  friend bool operator==(const ambiguous_serial&, const ambiguous_serial&) = default;
};

/// The ambiguous serial numbers of one refresh, ordered; resolutions[i] belongs to probes[i].
std::vector<ambiguous_serial> find_ambiguous(const std::vector<probe>& probes,
                                             const resolution_list& resolutions);

/// The message that lists them: the first 50 in full, then the number of the others.
std::string ambiguity_text(const std::vector<ambiguous_serial>& serials);

/// The failures of one refresh: the number of devices, the most frequent failures, three examples.
/// Empty if nothing failed.
std::string failure_digest(const std::vector<probe>& probes, const resolution_list& resolutions);

/// The devices that are served only until their removal is confirmed, and the number of confirmed
/// removals.
struct removals {
  struct customer {
    std::string client_id; ///< raw JSON
    std::string name;      ///< client_name; empty if there is none
    std::size_t waiting = 0, served = 0;
  };
  std::vector<std::string> waiting; ///< serial numbers, ordered
  outcome_counts by_reason;         ///< of `waiting`: not_listed, or the reason of Bruin's no
  /// All that would lose devices, ordered by the number of devices waiting.
  std::vector<customer> customers;
  std::size_t confirmed = 0; ///< removed in this refresh because a second answer confirmed it
  std::size_t served = 0;    ///< devices served before this refresh
};

/// The message about waiting removals: how many, why, and the ten customers that would lose most.
std::string removals_text(const removals& x);

/// `monitored 270, no_customer 12`: the outcomes with at least one device, in the order of the
/// enum.
std::string to_string(const outcome_counts& counts);

} // namespace hawkeye
