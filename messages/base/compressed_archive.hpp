// Many texts that are rarely read, kept compressed in blocks: Hawkeye's objects of 50,000 probes
// would otherwise take more memory than all that is served.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawkeye {

/// Where a text stands in its archive.
struct text_position {
  std::uint32_t block = 0, offset = 0, size = 0;
};

/// Immutable once written; shared by pointer.
class compressed_archive {
public:
  /// `blocks` are zstd frames that name their size.
  explicit compressed_archive(std::vector<std::string> blocks = {}) : blocks_{std::move(blocks)} {}

  /// A copy of the text; empty where the position lies outside.
  std::string at(text_position where) const;

  /// The whole text of a block; nothing where it is broken or larger than any that is written.
  std::optional<std::string> unpack(std::size_t block) const;

  const std::vector<std::string>& blocks() const noexcept {
    return blocks_;
  }

private:
  std::vector<std::string> blocks_;
};

using compressed_archive_ptr = std::shared_ptr<const compressed_archive>;

/// Writes an archive, one text behind the other.
class compressed_archive_writer {
public:
  /// Goes on behind what `before` holds.
  explicit compressed_archive_writer(const compressed_archive& before = compressed_archive{})
      : blocks_{before.blocks()} {}

  text_position append(std::string_view text);
  compressed_archive_ptr finish();

private:
  void pack();

  std::vector<std::string> blocks_;
  std::string open_;
};

/// Reads texts in about the order in which they were written, unpacking each block once.
class compressed_archive_reader {
public:
  explicit compressed_archive_reader(compressed_archive_ptr from) : from_{std::move(from)} {}

  /// Valid until the next call; empty where the position lies outside.
  std::string_view at(text_position where);

private:
  compressed_archive_ptr from_;
  std::optional<std::uint32_t> block_;
  std::string text_;
};

} // namespace hawkeye
