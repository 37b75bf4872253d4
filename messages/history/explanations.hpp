// The findings of a refresh about every device, including those that are not served and those that
// have recently gone: the answer to "why is this serial number served, or not?". Compressed,
// because few are ever queried. Stored in Redis under KEY:devices, for all instances and the next
// start.
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
  std::int64_t gone;  ///< end of the first refresh without it in the list, seconds since 1970; 0:
                      ///< listed or served
};

class device_explanations {
public:
  /// `entries` may be in any order.
  device_explanations(std::uint64_t version, compressed_archive_ptr records,
                      std::vector<explanation_entry> entries);

  /// The version of the snapshot that this refresh published.
  std::uint64_t version() const noexcept {
    return version_;
  }

  /// The record of a device, a JSON object (docs/operations.md describes its fields); nothing if
  /// unknown.
  std::optional<std::string> find(std::string_view serial_number) const;

  /// The entry of a device; null if unknown.
  const explanation_entry* entry(std::string_view serial_number) const;

  /// Ordered by serial_hash.
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

/// The results of a refresh that the explanations need.
struct explanation_source {
  const probe_list& probes;
  const resolution_list& resolutions;
  const std::vector<outcome>& outcomes; ///< outcomes[i] belongs to probes.probes[i]
  const snapshot& next;                 ///< the snapshot that the refresh built
  timestamp now;
  std::optional<std::vector<std::string>> about{}; ///< as in refresh_answers
};

/// The explanations after a refresh. `previous` may be null. Devices that are neither in Hawkeye's
/// list nor served are marked as gone, and forgotten a week later. A partial refresh leaves all
/// other devices unchanged.
device_explanations_ptr write_explanations(const explanation_source& from,
                                           const device_explanations_ptr& previous);

/// The record of a served device whose explanation is lost; nothing if it is not served.
std::optional<std::string> served_record(const snapshot& x, std::string_view serial_number);

/// The rule of an outcome as one sentence.
std::string_view rule_of(outcome x) noexcept;

/// The value of KEY:devices: one line that begins with `{"version":N`, then binary data.
std::string store_explanations(const device_explanations& x);

/// Reads the output of `store_explanations`. A broken value is a failure; no part of it is used.
expected<device_explanations_ptr> read_explanations(std::string_view stored);

} // namespace hawkeye
