#include "messages/base/compressed_archive.hpp"

#include <utility>

#include "messages/base/zstd_frame.hpp"

namespace hawkeye {

/// Larger frames are rejected: a writer closes a block at full_block plus one text, and texts are
/// cut before.
constexpr std::size_t largest_block = 16u << 20;

std::optional<std::string> compressed_archive::unpack(std::size_t block) const {
  if (block >= blocks_.size())
    return {};
  auto text = decompress(blocks_[block], largest_block);
  return text ? std::optional{*std::move(text)} : std::nullopt;
}

text_position compressed_archive_writer::append(std::string_view text) {
  const text_position where{static_cast<std::uint32_t>(blocks_.size()),
                            static_cast<std::uint32_t>(open_.size()),
                            static_cast<std::uint32_t>(text.size())};
  open_ += text;
  if (open_.size() >= compressed_archive::full_block)
    pack();
  return where;
}

compressed_archive_ptr compressed_archive_writer::finish() {
  if (!open_.empty())
    pack();
  return std::make_shared<const compressed_archive>(std::exchange(blocks_, {}));
}

void compressed_archive_writer::pack() {
  blocks_.push_back(compressor_.compress(open_));
  blocks_.back().shrink_to_fit();
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
