#include "messages/base/compressed_archive.hpp"

#include <new>
#include <utility>

#include <zstd.h>

namespace hawkeye {

namespace {

/// A block is packed once it has this many bytes: large enough to compress well, small enough to be
/// unpacked for a single text.
constexpr std::size_t full_block = 64u << 10;
/// Larger frames are rejected: a writer closes a block at full_block plus one text, and texts are
/// cut before.
constexpr unsigned long long largest_block = 16u << 20;
constexpr int quickest = 1; ///< zstd's level

} // namespace

std::optional<std::string> compressed_archive::unpack(std::size_t block) const {
  if (block >= blocks_.size())
    return {};
  const auto& packed = blocks_[block];
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > largest_block)
    return {};
  std::string text(static_cast<std::size_t>(size), '\0');
  const auto got = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != text.size())
    return {};
  return text;
}

std::string compressed_archive::at(text_position where) const {
  const auto text = unpack(where.block);
  if (!text || where.offset > text->size())
    return {};
  return text->substr(where.offset, where.size);
}

text_position compressed_archive_writer::append(std::string_view text) {
  const text_position where{static_cast<std::uint32_t>(blocks_.size()),
                            static_cast<std::uint32_t>(open_.size()),
                            static_cast<std::uint32_t>(text.size())};
  open_ += text;
  if (open_.size() >= full_block)
    pack();
  return where;
}

compressed_archive_ptr compressed_archive_writer::finish() {
  if (!open_.empty())
    pack();
  return std::make_shared<const compressed_archive>(std::exchange(blocks_, {}));
}

void compressed_archive_writer::pack() {
  std::string packed(ZSTD_compressBound(open_.size()), '\0');
  const auto size =
      ZSTD_compress(packed.data(), packed.size(), open_.data(), open_.size(), quickest);
  if (ZSTD_isError(size) != 0)
    throw std::bad_alloc{}; // the only way in which a sufficient buffer can fail
  packed.resize(size);
  packed.shrink_to_fit();
  blocks_.push_back(std::move(packed));
  open_.clear();
}

std::string_view compressed_archive_reader::at(text_position where) {
  if (!from_)
    return {};
  if (block_ != where.block) {
    text_ = from_->unpack(where.block).value_or("");
    block_ = where.block;
  }
  if (where.offset > text_.size())
    return {};
  return std::string_view{text_}.substr(where.offset, where.size);
}

} // namespace hawkeye
