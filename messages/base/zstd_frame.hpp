// Compression of bytes into a single zstd frame. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "messages/base/result.hpp"

namespace hawkeye {

/// Compresses with zstd's fastest level. Many frames by one of these cost half as much as each by
/// its own, which would get fresh memory for its tables from the system.
class compressor {
public:
  compressor();
  /// A frame that holds the size of `bytes`.
  std::string compress(std::string_view bytes);

private:
  std::shared_ptr<void> tables_; ///< of zstd
};

/// The bytes in a frame of `compressor`. A failure if the frame is corrupt, or if it claims more
/// than `most` bytes, which are then never allocated.
expected<std::string> decompress(std::string_view frame, std::size_t most);

} // namespace hawkeye
