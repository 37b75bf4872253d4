// The listening sockets of the HTTP server. Threading: none of its own.
#pragma once

#include <string>
#include <vector>

#include "messages/base/result.hpp"

namespace hawkeye {

/// Owns a socket and closes it.
class owned_socket {
public:
  explicit owned_socket(int fd) noexcept : fd_{fd} {}
  owned_socket(owned_socket&& other) noexcept;
  ~owned_socket();
  owned_socket& operator=(const owned_socket&) = delete;
  int get() const noexcept {
    return fd_;
  }

private:
  int fd_;
};

struct listener {
  owned_socket socket;
  std::string address; ///< the bound `address:port`
  int port = 0;
};

/// Listens on all addresses of each `host:port`; port 0 takes any free port. A failure names the
/// first address that cannot be listened on. Addresses of a name that this machine does not have
/// are skipped, unless it has none of them.
expected<std::vector<listener>> listen_on(const std::vector<std::string>& names);

} // namespace hawkeye
