// The finished cache: immutable, shared by pointer, serialized once. Devices stand newest contact
// first (equal timestamps: by serial number), so the answer to a filtered query is a prefix of the
// buffer: one binary search and one copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye {

/// One device on its way into a snapshot.
struct device {
  std::string serial_number;
  timestamp last_contact_at;
  std::string json; ///< the object of the RPC's answer
};

/// Writes the object of the RPC's answer, its fields in the order of README.md. `client` and
/// `attributes` are JSON already.
std::string device_json(std::string_view serial_number, std::string_view last_contact,
                        std::string_view client, std::string_view attributes);

/// A device whose record stands in since Bruin stopped answering for it.
struct carried_device {
  std::string serial_number;
  timestamp since; ///< when Bruin last answered for it
};

/// What the device array does not say; becomes the value of KEY:meta.
struct snapshot_meta {
  std::uint64_t version = 0; ///< grows by one per publish; 0: written by another program
  std::optional<timestamp>
      built_at;          ///< end of the refresh; nothing: unknown (another program wrote it)
  outcome_counts counts; ///< of the refresh that built it
  std::vector<carried_device> carried; ///< ordered by serial number
};

class snapshot {
public:
  /// Sorts and serializes. Serial numbers must be unique.
  snapshot(snapshot_meta meta, std::vector<device> devices);

  /// Takes an array that stands in that order already: `array` is the whole JSON text, `ends[i]`
  /// the offset behind device i, `contacts[i]` its last contact.
  snapshot(snapshot_meta meta, std::string array, std::vector<std::size_t> ends,
           std::vector<timestamp> contacts);

  const snapshot_meta& meta() const noexcept {
    return meta_;
  }
  std::size_t size() const noexcept {
    return ends_.size();
  }
  /// The whole JSON array, as it stands in Redis: `[` first, `]` last.
  std::string_view array() const noexcept {
    return array_;
  }
  /// How many devices were last contacted after `filter` (an equal one is not); all without a
  /// filter. O(log n).
  std::size_t count_after(const std::optional<timestamp>& filter) const noexcept;

  /// The first `count` devices, comma separated, without brackets. O(1). count <= size().
  std::string_view first(std::size_t count) const noexcept;

  /// The JSON object of device `index`.
  std::string_view at(std::size_t index) const noexcept;
  timestamp last_contact(std::size_t index) const noexcept {
    return contacts_[index];
  }

  /// The same devices under another version.
  snapshot renumbered(std::uint64_t version) const {
    snapshot copy{*this};
    copy.meta_.version = version;
    return copy;
  }

private:
  snapshot_meta meta_;
  std::string array_;
  std::vector<std::size_t> ends_;
  std::vector<timestamp> contacts_;
};

using snapshot_ptr = std::shared_ptr<const snapshot>;

/// The fields of one device object of a snapshot that carry-over and `explain` need; views into
/// `json`.
struct device_view {
  std::string serial_number; ///< decoded
  std::string_view client;   ///< raw bruin_client_info
};
std::optional<device_view> read_device(std::string_view json);

} // namespace hawkeye
