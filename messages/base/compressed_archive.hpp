// Stores many rarely read texts in compressed blocks. Uncompressed, Hawkeye's objects for 50,000
// probes would take more memory than the whole snapshot.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/zstd_frame.hpp"

namespace hawkeye {

/// The position of a text in its archive: block index, byte offset in the uncompressed block, size.
struct text_position {
  std::uint32_t block = 0, offset = 0, size = 0;
};

/// Immutable once written; shared by pointer.
class compressed_archive {
public:
  /// A block is packed once it has this many bytes: large enough to compress well, small enough to
  /// be unpacked for a single text.
  static constexpr std::size_t full_block = 64u << 10;

  /// `blocks` are zstd frames whose header holds the uncompressed size.
  explicit compressed_archive(std::vector<std::string> blocks = {}) : blocks_{std::move(blocks)} {}

  /// The uncompressed text of a block; nothing if the block is corrupt or claims a size that no
  /// writer produces.
  std::optional<std::string> unpack(std::size_t block) const;

  const std::vector<std::string>& blocks() const noexcept {
    return blocks_;
  }

private:
  std::vector<std::string> blocks_;
};

using compressed_archive_ptr = std::shared_ptr<const compressed_archive>;

/// Writes an archive by appending texts.
class compressed_archive_writer {
public:
  /// Starts with the blocks of `before`; new texts are appended after them.
  explicit compressed_archive_writer(const compressed_archive& before = compressed_archive{})
      : blocks_{before.blocks()} {}

  text_position append(std::string_view text);
  compressed_archive_ptr finish();

private:
  void pack();

  std::vector<std::string> blocks_;
  std::string open_;
  compressor compressor_;
};

/// Keeps the last block uncompressed: reading texts roughly in the order of writing decompresses
/// each block once.
class compressed_archive_reader {
public:
  explicit compressed_archive_reader(compressed_archive_ptr from) : from_{std::move(from)} {}

  /// Valid until the next call; empty if the position is out of range.
  std::string_view at(text_position where);

private:
  compressed_archive_ptr from_;
  std::optional<std::uint32_t> block_;
  std::string text_;
};

} // namespace hawkeye
