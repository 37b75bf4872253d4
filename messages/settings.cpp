#include "messages/settings.hpp"

namespace hawkeye {

std::string nats_settings::sibling(std::string_view name) const {
  return subject.substr(0, subject.rfind('.') + 1) + std::string{name};
}

} // namespace hawkeye
