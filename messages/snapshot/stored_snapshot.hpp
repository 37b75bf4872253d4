// The snapshot as stored in Redis: the device array under KEY, the rest under KEY:meta.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/base/result.hpp"
#include "messages/bridges/bridge_message.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// The text for KEY:meta. It begins with `{"version":N,` so that a script can read the version
/// without parsing the rest. It contains the array's length and fingerprint, so that a meta next to
/// an array of another program is detected.
std::string write_meta(const snapshot& x);

/// The version in a meta text or in its head; nothing if there is none, or if no higher version is
/// possible.
std::optional<std::uint64_t> read_version(std::string_view meta_text) noexcept;

/// The head of a meta: its first bytes, which contain version, time, size and fingerprint of its
/// snapshot. The scripts of redis/scripts.hpp read as many.
inline constexpr std::size_t meta_head_bytes = 128;

/// The head of this snapshot's meta. Reads the whole array.
std::string meta_head(const snapshot& x);

/// True if the heads of two metas name the same version, time, size and fingerprint. Two instances
/// may have written different snapshots of the same version, time and size: each refreshed a single
/// device while Redis was divided.
bool is_same_meta(std::string_view head, std::string_view other) noexcept;

/// 64-bit hash of the bytes, a few GB/s. All machines of the same byte order compute the same
/// value.
std::uint64_t fingerprint(std::string_view bytes) noexcept;

/// The fingerprint in hexadecimal digits, as in the meta.
std::string fingerprint_text(std::string_view bytes);

/// The result of reading both values.
struct restored_snapshot {
  snapshot_ptr value; ///< null if there is nothing to serve
  /// For the log: empty, "it has no meta", "meta ignored: ...", or the dropped data.
  std::string note;
  std::string broken{}; ///< why the stored value cannot be served; empty if there is no such value
  /// The version in a meta without a readable array; the next version must be higher.
  std::uint64_t version = 0;
  bool foreign_format = false; ///< the meta has a later format, so it must not be overwritten
};

/// Reads both values. An array in the snapshot's order is used unchanged, without a second copy of
/// its devices; any other order is sorted. An entry must be an object with a string serial_number
/// and a string last_contact that is a timestamp. Others are left out with a note; if there is no
/// valid one, or the text is no JSON array, the result is a failure that says why. Of two entries
/// with the same serial number, the later contact is kept. A meta that is missing, unreadable or of
/// another array is ignored with a note. Only its version is used, because the next version must be
/// higher; without one it is 0. Invalid device states are dropped with a note; such a device of the
/// array counts as served since the array was built. An empty array is not served, unless its meta
/// has removed devices to remember.
expected<restored_snapshot> read_stored_snapshot(const payload_ptr& array,
                                                 const std::optional<std::string>& meta);

} // namespace hawkeye
