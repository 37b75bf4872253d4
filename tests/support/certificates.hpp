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
  /// ("IP:127.0.0.1,DNS:localhost"), valid from now for so many days; -1: expired.
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

} // namespace hawkeye::test
