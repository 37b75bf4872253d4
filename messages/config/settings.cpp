#include "messages/config/settings.hpp"

#include <algorithm>

namespace hawkeye {

std::string nats_settings::sibling(std::string_view name) const {
  return subject.substr(0, subject.rfind('.') + 1) + std::string{name};
}

bool nats_settings::tls() const {
  return !tls_ca.empty() || !tls_cert.empty()
         || std::any_of(servers.begin(), servers.end(),
                        [](const std::string& url) { return url.starts_with("tls://"); });
}

bool nats_settings::has_login_in_url() const {
  return std::any_of(servers.begin(), servers.end(),
                     [](const std::string& url) { return url.find('@') != url.npos; });
}

} // namespace hawkeye
