// Messages to people: texts and bodies for the notifier's subjects.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/bridges/probe.hpp"
#include "messages/bridges/resolution.hpp"

namespace hawkeye {

/// `{"message":"[<service>] <text>"}`; Slack's markup in the text is escaped: nobody is called and
/// no link is disguised by what a device or a bridge is named.
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

/// All of one refresh, ordered by serial number; resolutions[i] belongs to probes[i].
std::vector<ambiguous_serial> find_ambiguous(const std::vector<probe>& probes,
                                             const resolution_list& resolutions);

/// The message that lists them: the first 50 in full, then how many more.
std::string ambiguity_text(const std::vector<ambiguous_serial>& serials);

/// What failed in one refresh: how many devices, which failures by frequency, three examples. Empty
/// where nothing did.
std::string failure_digest(const std::vector<probe>& probes, const resolution_list& resolutions);

/// Devices that are served only until their removal is confirmed, and how many a confirmation took
/// out.
struct removals {
  struct customer {
    std::string client_id; ///< raw JSON
    std::string name;      ///< client_name; empty: there is none
    std::size_t waiting = 0, served = 0;
  };
  std::vector<std::string> waiting; ///< serial numbers, ordered
  outcome_counts by_reason;         ///< of those: not_listed, or which no of Bruin
  std::vector<customer> customers;  ///< all that would lose any, those first that would lose most
  std::size_t confirmed = 0;        ///< taken out now, because a second answer confirmed it
  std::size_t served = 0;           ///< before this refresh
};

/// The message about those that wait: how many, why, and the ten customers that would lose most.
std::string removals_text(const removals& x);

/// `monitored 270, no_customer 12`: every outcome that occurred, in the order of the enum.
std::string to_string(const outcome_counts& counts);

} // namespace hawkeye
