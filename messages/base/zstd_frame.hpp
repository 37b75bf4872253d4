// Compression of bytes into a single zstd frame. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "messages/base/result.hpp"

namespace hawkeye {

/// A frame that holds the size of `bytes`. Uses zstd's fastest level.
std::string compress(std::string_view bytes);

/// The bytes in a frame of `compress`. A failure if the frame is corrupt, or if it claims more than
/// `most` bytes, which are then never allocated.
expected<std::string> decompress(std::string_view frame, std::size_t most);

} // namespace hawkeye
