// Certificates for one test, made by the openssl program in a directory that goes with it.
#pragma once

#include <string>

#include "tests/support/scratch_directory.hpp"
#include "tests/support/server_process.hpp"

namespace hawkeye::test {

class certificates {
public:
  /// Makes the authorities "ours" and "another".
  certificates();

  /// NAME.pem and NAME.key: signed by an authority, for names as openssl writes them
  /// ("IP:127.0.0.1,DNS:localhost"), valid from now for so many days; 0: expired.
  void make(const std::string& name, const std::string& authority, const std::string& names,
            int days = 2) const;

  std::string certificate(const std::string& name) const {
    return files_.path(name + ".pem");
  }
  std::string key(const std::string& name) const {
    return files_.path(name + ".key");
  }

private:
  scratch_directory files_;
};

/// redis-server on 127.0.0.1 that speaks TLS only, with the certificate NAME and the published
/// users. `wants_ours`: it lets in who shows a certificate of the authority "ours".
server_process redis_with_tls(const certificates& made, const std::string& name,
                              bool wants_ours = false, std::uint16_t port = free_port());

} // namespace hawkeye::test
