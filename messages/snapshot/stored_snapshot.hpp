// The snapshot as Redis keeps it: the device array under KEY, the rest under KEY:meta.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/base/result.hpp"
#include "messages/bridges/bridge_message.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// The text for KEY:meta. It begins `{"version":N,` so that a script can read the version without
/// parsing the rest, and holds the array's length and a fingerprint of its bytes, so that a meta
/// beside another program's array is recognized.
std::string write_meta(const snapshot& x);

/// Versions end here: beyond it the script that compares them counts in steps of two and more.
inline constexpr std::uint64_t last_version = std::uint64_t{1} << 53;

/// The version that a meta text (or its first 64 bytes) names; nothing where it names none, or one
/// that nothing could come after.
std::optional<std::uint64_t> read_version(std::string_view meta_text) noexcept;

/// So much of a meta tells it from every other one: version, time and size of its snapshot.
inline constexpr std::size_t meta_head_bytes = 64;

/// The first bytes of this snapshot's meta.
std::string meta_head(const snapshot& x);

/// Whether the first 64 bytes of a meta are those of this snapshot's.
bool is_meta_of(std::string_view head, const snapshot& x);

/// 64-bit hash of the bytes, a few GB/s; the same on every machine.
std::uint64_t fingerprint(std::string_view bytes) noexcept;

/// The same in hexadecimal digits, as it stands in the meta.
std::string fingerprint_text(std::string_view bytes);

/// What Redis held.
struct restored_snapshot {
  snapshot_ptr value;   ///< null: nothing that can be served
  std::string note;     ///< for the log: empty, "it has no meta", "meta ignored: ...", or what was
                        ///< dropped
  std::string broken{}; ///< why there is a value that cannot be served; empty: there is none such
  std::uint64_t version = 0;   ///< that a meta without a readable array names: the next one has to
                               ///< come after it
  bool foreign_format = false; ///< the meta is of a later format: it is not ours to overwrite
};

/// Reads both values. An array in our own order is taken as it stands, without a second copy of its
/// devices; another order is sorted. Each entry must be an object with a text serial_number and a
/// text last_contact that is a timestamp, in valid JSON: else the whole is a failure that says
/// which entry and why. A serial twice: the later contact stands. Meta that is missing, unreadable
/// or that belongs to another array is ignored, with a note, but for the version that it names,
/// which the next one has to come after; else the version is 0. Of the states of devices, what
/// cannot be is dropped, with a note: then a device of the array counts as in since the
/// array was built. An empty array is nothing to
/// serve, unless its meta tells of devices that have left.
expected<restored_snapshot> read_stored_snapshot(const payload_ptr& array,
                                                 const std::optional<std::string>& meta);

} // namespace hawkeye
