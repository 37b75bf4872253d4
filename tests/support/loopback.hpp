// Addresses of this machine alone.
#pragma once

#include <cstdint>

#include <netinet/in.h>

namespace hawkeye::test {

/// 127.0.0.1:`port`; 0: any free one.
inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  result.sin_port = htons(port);
  return result;
}

} // namespace hawkeye::test
