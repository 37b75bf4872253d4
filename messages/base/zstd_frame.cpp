#include "messages/base/zstd_frame.hpp"

#include <new>

#include <zstd.h>

namespace hawkeye {

compressor::compressor()
    : tables_{ZSTD_createCCtx(), [](void* x) {
                ZSTD_freeCCtx(static_cast<ZSTD_CCtx*>(x));
              }} {
  if (!tables_)
    throw std::bad_alloc{};
}

std::string compressor::compress(std::string_view bytes) {
  constexpr int fastest_level = 1;
  std::string result(ZSTD_compressBound(bytes.size()), '\0');
  const auto size = ZSTD_compressCCtx(static_cast<ZSTD_CCtx*>(tables_.get()), result.data(),
                                      result.size(), bytes.data(), bytes.size(), fastest_level);
  if (ZSTD_isError(size) != 0)
    throw std::bad_alloc{}; // with a sufficient buffer only memory can be missing
  result.resize(size);
  return result;
}

expected<std::string> decompress(std::string_view frame, std::size_t most) {
  const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > most)
    return fail("they are not packed as this service packs them, or too large");
  std::string result(static_cast<std::size_t>(size), '\0');
  const auto got = ZSTD_decompress(result.data(), result.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0 || got != result.size())
    return fail("they cannot be unpacked");
  return result;
}

} // namespace hawkeye
