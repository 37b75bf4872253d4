// Reads and validates Hawkeye's list of probes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "messages/base/compressed_archive.hpp"
#include "messages/base/limits.hpp"
#include "messages/base/outcome.hpp"
#include "messages/base/result.hpp"
#include "messages/base/timestamp.hpp"
#include "messages/bridges/bridge_message.hpp"

namespace hawkeye {

/// A reply with more probes than max_probes is rejected. A probe with a text of more than
/// max_probe_text bytes is quarantined. Real data stays far below both.
inline constexpr std::size_t max_probes = 1'000'000;

/// One probe with a serial number and at least one contact.
struct probe {
  std::string serial_number; ///< decoded, as written, not blank
  std::string last_contact;  ///< the later of the two lastUpdate texts, decoded
  timestamp last_contact_at; ///< last_contact as a comparable timestamp
  /// `"probe_id":…,"probe_uid":…,"probe_group":…,"device_type_name":…`: the last members of the
  /// device in the RPC reply. The values are as Hawkeye wrote them: any JSON scalar, null if
  /// missing.
  std::string attributes;
  text_position text{}; ///< the complete probe as Hawkeye sent it, in probe_list::texts
};

/// A probe that is not resolved, and the reason.
struct discarded_probe {
  std::string serial_number; ///< empty if there is none
  outcome why;               ///< malformed, no_serial, duplicate_serial or never_contacted
  std::string reason;        ///< for malformed: the field and what was expected
  text_position text{};      ///< as in `probe`
};

/// All probes of one reply, each in exactly one of the two lists.
struct probe_list {
  std::vector<probe> probes; ///< one per serial number, in the order of the reply
  std::vector<discarded_probe> discarded;
  compressed_archive_ptr texts{}; ///< null if no texts are kept
};

using probe_list_ptr = std::shared_ptr<const probe_list>;

/// Reads the body of the reply to `hawkeye.probe.request`. A body that is not a list is a failure;
/// a single malformed probe is quarantined. Of two probes with the same serial number, the one with
/// the later contact is kept.
expected<probe_list> read_probes(const json_slice& body);

/// The part of the list with these serial numbers. Serial numbers that are not in the list are
/// ignored.
probe_list only(const probe_list& from, const std::vector<std::string>& serial_numbers);

} // namespace hawkeye
