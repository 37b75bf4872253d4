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
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/base/timestamp.hpp"
#include "messages/snapshot/device_state.hpp"

namespace hawkeye {

/// One device on its way into a snapshot.
struct device {
  std::string serial_number;
  timestamp last_contact_at;
  std::string json;     ///< the object of the RPC's answer
  device_state state{}; ///< one that is not in: nothing is known but that it was served
};

/// A device that is not served, but about which there is something to remember: an older state of
/// it may still turn up, in Redis or at another instance.
struct kept_device {
  std::string serial_number;
  device_state state;
  std::string json; ///< as of a `device`; empty: its content is not known, nor listing.yes and
                    ///< client_asked, to which it belongs
  friend bool operator==(const kept_device&, const kept_device&) = default;
};

/// Words are remembered for so long behind the newest one.
inline constexpr duration remembered_for = 7 * 24h;
/// So many devices that are not served are remembered: those with the newest words.
inline constexpr std::size_t max_kept_devices = 100'000;

/// Writes the object of the RPC's answer, its fields in the order of README.md. `client` and
/// `attributes` are JSON already.
std::string device_json(std::string_view serial_number, std::string_view last_contact,
                        std::string_view client, std::string_view attributes);

/// What the device array does not say; becomes the value of KEY:meta.
struct snapshot_meta {
  std::uint64_t version = 0; ///< grows by one per publish; 0: written by another program
  std::optional<timestamp>
      built_at;          ///< end of the refresh; nothing: unknown (another program wrote it)
  outcome_counts counts; ///< of the refresh that built it
};

class snapshot {
public:
  /// Sorts and serializes. Serial numbers must be unique, also among `kept`.
  snapshot(snapshot_meta meta, std::vector<device> devices, std::vector<kept_device> kept = {});

  /// Takes an array that stands in that order already: `array` is the whole JSON text, `ends[i]`
  /// the offset behind device i, `contacts[i]` its last contact. `states` may be empty.
  snapshot(snapshot_meta meta, std::string array, std::vector<std::size_t> ends,
           std::vector<timestamp> contacts, const std::vector<device_state>& states = {},
           std::vector<kept_device> kept = {});

  const snapshot_meta& meta() const noexcept {
    return meta_;
  }
  std::size_t size() const noexcept {
    return content_->ends.size();
  }
  /// The whole JSON array, as it stands in Redis: `[` first, `]` last.
  std::string_view array() const noexcept {
    return content_->array;
  }
  /// How many devices were last contacted after `filter` (an equal one is not); all without a
  /// filter. O(log n).
  std::size_t count_after(const std::optional<timestamp>& filter) const noexcept;

  /// The first `count` devices, comma separated, without brackets. O(1). count <= size().
  std::string_view first(std::size_t count) const noexcept;

  /// The JSON object of device `index`.
  std::string_view at(std::size_t index) const noexcept;
  timestamp last_contact(std::size_t index) const noexcept {
    return content_->contacts[index];
  }
  /// What was said about device `index`.
  device_state state(std::size_t index) const {
    return content_->states[index];
  }
  /// By serial number.
  const std::vector<kept_device>& kept() const noexcept {
    return content_->kept;
  }
  /// What the last refresh heard about devices that nobody is known to serve: another instance may,
  /// whose snapshot is merged later. Never written. By serial number.
  const std::vector<kept_device>& heard() const noexcept;
  /// The same with other ones.
  snapshot with_heard(std::vector<kept_device> devices) const;
  /// Equal but for version and `heard`.
  bool shares_content_with(const snapshot& x) const noexcept {
    return content_ == x.content_;
  }
  /// How many devices are served with each outcome.
  const outcome_counts& served_as() const noexcept {
    return content_->served_as;
  }
  /// When Bruin was asked about the oldest record that is served without a newer word of Bruin's;
  /// 0: there is none such.
  asked_at oldest_carried() const noexcept {
    return content_->oldest_carried;
  }
  /// The latest question of which anything is known here; 0: there is none.
  asked_at newest() const noexcept {
    return content_->newest;
  }

  /// The same devices under another version; shares what is large.
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
  std::shared_ptr<const std::vector<kept_device>> heard_; ///< null: none
};

using snapshot_ptr = std::shared_ptr<const snapshot>;

/// The fields of one device object of a snapshot that carry-over and `explain` need; views into
/// `json`.
struct device_view {
  std::string serial_number; ///< decoded
  std::string_view client;   ///< raw bruin_client_info
};
std::optional<device_view> read_device(std::string_view json);

/// The decoded serial number of a device object; empty: it has none.
std::string serial_of(std::string_view json);

/// The raw client_id of a raw bruin_client_info; `null` where it has none.
std::string_view client_id_of(std::string_view client);

/// Its decoded client_name; empty: it has none.
std::string client_name_of(std::string_view client);

/// Both together: of every device the later words, and who is served by them. What is older than
/// `remembered_for` and concerns nobody who is served is forgotten. The result has the later
/// built_at, the counts of that refresh and the higher version, and it shares its content with `a`,
/// or else with `b`, where the other one adds nothing to it. Either may be null.
snapshot_ptr merge(const snapshot_ptr& a, const snapshot_ptr& b);

} // namespace hawkeye
