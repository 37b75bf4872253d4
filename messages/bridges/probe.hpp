// Probes as Hawkeye lists them, read and checked.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "messages/base/compressed_archive.hpp"
#include "messages/base/outcome.hpp"
#include "messages/base/result.hpp"
#include "messages/base/timestamp.hpp"
#include "messages/bridges/bridge_message.hpp"

namespace hawkeye {

/// More probes than this, or a longer text in one, is a lie: the reply is refused, the probe
/// quarantined.
inline constexpr std::size_t max_probes = 1'000'000;
inline constexpr std::size_t max_probe_text = 16'384;

/// One probe with a serial number that was contacted at least once.
struct probe {
  std::string serial_number; ///< decoded, as written, not blank
  std::string last_contact;  ///< the later of the two lastUpdate texts, decoded, as written
  timestamp last_contact_at; ///< the same, comparable
  /// `"probe_id":…,"probe_uid":…,"probe_group":…,"device_type_name":…`: the tail of the reply's
  /// device, its values as Hawkeye wrote them (any JSON scalar; null where missing).
  std::string attributes;
  text_position text{}; ///< the whole probe as Hawkeye gave it, in probe_list::texts
};

/// A probe that is not resolved, and why.
struct discarded_probe {
  std::string serial_number; ///< empty where there is none
  outcome why;               ///< malformed, no_serial, duplicate_serial or never_contacted
  std::string reason;        ///< for malformed: which field, and what was expected
  text_position text{};      ///< as in `probe`
};

/// All probes of one reply, each in exactly one of the two lists.
struct probe_list {
  std::vector<probe> probes; ///< one per serial number, in the order of the reply
  std::vector<discarded_probe> discarded;
  compressed_archive_ptr texts{}; ///< null: none are kept
};

using probe_list_ptr = std::shared_ptr<const probe_list>;

/// Reads the body of `hawkeye.probe.request`. A body that is no list is a failure; one malformed
/// probe is quarantined alone. Of two probes with one serial the one with the later contact is
/// kept.
expected<probe_list> read_probes(const json_slice& body);

/// These devices of a list alone, as far as they are there.
probe_list only(const probe_list& from, const std::vector<std::string>& serial_numbers);

} // namespace hawkeye
