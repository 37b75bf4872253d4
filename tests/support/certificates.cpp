#include "tests/support/certificates.hpp"

#include <stdexcept>

#include "tests/support/rights.hpp"

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

server_process redis_with_tls(const certificates& made, const std::string& name, bool wants_ours,
                              std::uint16_t port) {
  arguments argv{"redis-server", "--bind", "127.0.0.1", "--port", "0", "--save", ""};
  for (const auto& [option, value] :
       {std::pair{"--tls-port", std::to_string(port)},
        std::pair{"--tls-cert-file", made.certificate(name)},
        std::pair{"--tls-key-file", made.key(name)},
        std::pair{"--tls-ca-cert-file", made.certificate("ours")},
        std::pair{"--tls-auth-clients", std::string{wants_ours ? "yes" : "no"}}})
    argv.insert(argv.end(), {option, value});
  for (auto& option : redis_users())
    argv.push_back(std::move(option));
  return server_process{std::move(argv), port};
}

} // namespace hawkeye::test
