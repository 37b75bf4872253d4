// The finished cache: immutable, shared by pointer, serialized once. Devices are ordered by last
// contact, newest first, then by serial number. The answer to a filtered query is therefore a
// prefix of the buffer: one binary search and one copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/base/timestamp.hpp"
#include "messages/snapshot/device_state.hpp"

namespace hawkeye {

/// One device of a snapshot that is being built.
struct device {
  std::string serial_number;
  timestamp last_contact_at;
  std::string json;     ///< the object in the RPC reply
  device_state state{}; ///< a state that is not in means: only known to be served
};

/// A device that is not served but remembered, because an older state of it may still exist in
/// Redis or in another instance.
struct kept_device {
  std::string serial_number;
  device_state state;
  std::string json; ///< as in `device`; empty if unknown; then listing.yes and client_asked, to
                    ///< which the content belongs, are 0
  friend bool operator==(const kept_device&, const kept_device&) = default;
};

/// Maximum number of remembered devices that are not served; those with the newest answers are
/// kept. None is forgotten because of its age: the wall clock of the instance that asked last may
/// be years ahead, and an instance that was disconnected may still serve the device.
inline constexpr std::size_t max_kept_devices = 100'000;

/// Writes the device object of the RPC reply, with its fields in the order of README.md. `client`
/// and `attributes` are JSON.
std::string device_json(std::string_view serial_number, std::string_view last_contact,
                        std::string_view client, std::string_view attributes);

/// The limit of versions: beyond it, the doubles of the Redis script that compares them skip
/// integers.
inline constexpr std::uint64_t last_version = std::uint64_t{1} << 53;

/// The version after `version`. The last one has no next: then the rest of the head, which contains
/// time and fingerprint, is what distinguishes two snapshots.
constexpr std::uint64_t next_version(std::uint64_t version) noexcept {
  return std::min(version, last_version - 2) + 1;
}

/// Data that is not in the device array; stored in KEY:meta.
struct snapshot_meta {
  std::uint64_t version = 0; ///< increases by one per publish; 0: written by another program
  /// End of the refresh; nothing if another program wrote the snapshot.
  std::optional<timestamp> built_at;
  outcome_counts counts; ///< of the refresh that built the snapshot
};

class snapshot {
public:
  /// Sorts and serializes. Serial numbers must be unique, also among `kept`.
  snapshot(snapshot_meta meta, std::vector<device> devices, std::vector<kept_device> kept = {});

  /// Uses an array that is already in that order: `array` is the whole JSON text, `ends[i]` the
  /// offset after device i, `contacts[i]` its last contact. `states` may be empty.
  snapshot(snapshot_meta meta, std::string array, std::vector<std::size_t> ends,
           std::vector<timestamp> contacts, const std::vector<device_state>& states = {},
           std::vector<kept_device> kept = {});

  const snapshot_meta& meta() const noexcept {
    return meta_;
  }
  std::size_t size() const noexcept {
    return content_->ends.size();
  }
  /// The whole JSON array as stored in Redis, with its brackets.
  std::string_view array() const noexcept {
    return content_->array;
  }
  /// The number of devices whose last contact is later than `filter` (not equal to it); all devices
  /// without a filter. O(log n).
  std::size_t count_after(const std::optional<timestamp>& filter) const noexcept;

  /// The first `count` devices, comma separated, without brackets. O(1). count <= size().
  std::string_view first(std::size_t count) const noexcept;

  /// The JSON object of device `index`.
  std::string_view at(std::size_t index) const noexcept;
  timestamp last_contact(std::size_t index) const noexcept {
    return content_->contacts[index];
  }
  /// The state of device `index`.
  device_state state(std::size_t index) const {
    return content_->states[index];
  }
  /// Ordered by serial number.
  const std::vector<kept_device>& kept() const noexcept {
    return content_->kept;
  }
  /// The answers of the last refresh about devices that no instance is known to serve. Another
  /// instance may serve them, and its snapshot may be merged later. Never stored. Ordered by serial
  /// number.
  const std::vector<kept_device>& heard() const noexcept;
  /// A copy with other `heard` devices.
  snapshot with_heard(std::vector<kept_device> devices) const;
  /// True if the two differ at most in version and `heard`.
  bool shares_content_with(const snapshot& x) const noexcept {
    return content_ == x.content_;
  }
  /// The number of served devices per outcome.
  const outcome_counts& served_as() const noexcept {
    return content_->served_as;
  }
  /// When Bruin was asked about the oldest carried-over record; 0 if there is none.
  asked_at oldest_carried() const noexcept {
    return content_->oldest_carried;
  }
  /// The latest question time in this snapshot; 0 if there is none.
  asked_at newest() const noexcept {
    return content_->newest;
  }

  /// A copy with another version; shares the content.
  snapshot with_version(std::uint64_t version) const {
    snapshot copy{*this};
    copy.meta_.version = version;
    return copy;
  }

private:
  struct content {
    std::string array;
    std::vector<std::size_t> ends;
    std::vector<timestamp> contacts;
    state_list states;
    std::vector<kept_device> kept;
    outcome_counts served_as;
    asked_at newest = 0, oldest_carried = 0;

    void add(const device_state& x, asked_at as_of);
    void keep(std::vector<kept_device> devices);
  };

  snapshot_meta meta_;
  std::shared_ptr<const content> content_;
  std::shared_ptr<const std::vector<kept_device>> heard_; ///< null if there are none
};

using snapshot_ptr = std::shared_ptr<const snapshot>;

/// The fields of a device object that carry-over and `explain` need; views into `json`.
struct device_view {
  std::string serial_number; ///< decoded
  std::string_view client;   ///< raw bruin_client_info
};
std::optional<device_view> read_device(std::string_view json);

/// The raw literals of a device object by which devices are identified and ordered; empty if
/// missing. Of repeated members the last counts, as with other readers of JSON.
struct device_literals {
  std::string_view serial_number, last_contact;

  /// Takes a member of the object, as in for_each_json_member.
  void take(std::string_view key, std::string_view value) noexcept {
    if (key == R"("serial_number")")
      serial_number = value;
    else if (key == R"("last_contact")")
      last_contact = value;
  }
};

/// The decoded serial number of a device object; empty if it has none.
std::string serial_of(std::string_view json);

/// Its last contact; 1970 if it has none.
timestamp last_contact_of(std::string_view json);

/// The raw client_id of a raw bruin_client_info; `null` if it has none.
std::string_view client_id_of(std::string_view client);

/// Its decoded client_name; empty if it has none.
std::string client_name_of(std::string_view client);

/// Merges two snapshots: for each device the later answers, which decide whether it is served.
/// The result has the later built_at, the counts of that refresh and the higher version. It shares
/// its content with `a`, or else with `b`, if the other one adds nothing. Either may be null.
snapshot_ptr merge(const snapshot_ptr& a, const snapshot_ptr& b);

} // namespace hawkeye
