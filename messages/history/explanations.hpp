// What a refresh found out about every device, also about those left out and those that have just
// gone: the answer to "why is this serial in there, or not?". Compressed, because few are ever
// asked for; stored in Redis under KEY:devices, so that every instance and the next start know it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/compressed_archive.hpp"
#include "messages/base/outcome.hpp"
#include "messages/base/result.hpp"
#include "messages/base/timestamp.hpp"
#include "messages/bridges/probe.hpp"
#include "messages/bridges/resolution.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// One device of the explanations.
struct explanation_entry {
  std::uint64_t serial_hash; ///< fingerprint of the serial number
  text_position record;
  outcome why;
  std::int64_t since; ///< end of the first refresh with this outcome, seconds since 1970
  std::int64_t gone;  ///< end of the first refresh that did not list it any more; 0: it is listed
};

class device_explanations {
public:
  /// `entries`: in any order.
  device_explanations(std::uint64_t version, compressed_archive_ptr records,
                      std::vector<explanation_entry> entries);

  /// Of the snapshot that this refresh published.
  std::uint64_t version() const noexcept {
    return version_;
  }

  /// The record of a device, a JSON object (docs/operations.md names its fields); nothing: never
  /// heard of.
  std::optional<std::string> find(std::string_view serial_number) const;

  /// What is remembered of a device; null: never heard of.
  const explanation_entry* entry(std::string_view serial_number) const;

  /// By serial_hash.
  const std::vector<explanation_entry>& entries() const noexcept {
    return entries_;
  }
  const compressed_archive_ptr& records() const noexcept {
    return records_;
  }

private:
  std::uint64_t version_;
  compressed_archive_ptr records_;
  std::vector<explanation_entry> entries_;
};

using device_explanations_ptr = std::shared_ptr<const device_explanations>;

/// A refresh that is over, as the explanations need it.
struct explanation_source {
  const probe_list& probes;
  const resolution_list& resolutions;
  const std::vector<outcome>& outcomes; ///< of probes.probes[i], as decided
  const snapshot& next;                 ///< what the refresh built
  timestamp now;
  std::optional<std::vector<std::string>> about{}; ///< as in refresh_words
};

/// The next explanations. `previous` may be null. Those that Hawkeye's list lacks and that are not
/// served any more are noted as gone, and forgotten a week later. In a refresh about few devices
/// all others stay as they were.
device_explanations_ptr write_explanations(const explanation_source& from,
                                           const device_explanations_ptr& previous);

/// The record of a device of which nothing is known but that it is served: its explanation is lost.
/// Nothing: it is not served.
std::optional<std::string> served_record(const snapshot& x, std::string_view serial_number);

/// The rule behind an outcome, one sentence.
std::string_view rule_of(outcome x) noexcept;

/// The value of KEY:devices: one line `{"version":N}`, then the packed blocks.
std::string store_explanations(const device_explanations& x);

/// Reads what `store_explanations` wrote. A failure says what is wrong; nothing of a broken value
/// is used.
expected<device_explanations_ptr> read_explanations(std::string_view stored);

} // namespace hawkeye
