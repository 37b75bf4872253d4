#include "tests/support/certificates.hpp"

#include <stdexcept>

namespace hawkeye::test {

namespace {

using arguments = std::vector<std::string>;

void openssl(arguments words) {
  words.insert(words.begin(), "openssl");
  server_process once{std::move(words)};
  if (once.wait_for_exit(std::chrono::seconds{20}) != 0)
    throw std::runtime_error{"openssl: " + once.output()};
}

const arguments new_key{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"};

} // namespace

certificates::certificates() {
  for (const char* name : {"ours", "another"}) {
    arguments words{"req", "-x509"};
    words.insert(words.end(), new_key.begin(), new_key.end());
    for (const auto& word : arguments{"-keyout", key(name), "-out", certificate(name), "-subj",
                                      std::string{"/CN=authority "} + name, "-days", "2"})
      words.push_back(word);
    openssl(words);
  }
}

void certificates::make(const std::string& name, const std::string& authority,
                        const std::string& names, int days) const {
  const auto request = files_.path(name + ".csr");
  arguments words{"req"};
  words.insert(words.end(), new_key.begin(), new_key.end());
  for (const auto& word : arguments{"-keyout", key(name), "-out", request, "-subj", "/CN=" + name,
                                    "-addext", "subjectAltName=" + names})
    words.push_back(word);
  openssl(words);
  openssl({"x509", "-req", "-in", request, "-CA", certificate(authority), "-CAkey", key(authority),
           "-CAcreateserial", "-out", certificate(name), "-days", std::to_string(days),
           "-copy_extensions", "copy"});
}

} // namespace hawkeye::test
