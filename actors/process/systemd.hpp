// Notifies systemd (sd_notify(3)) when the service is ready, reloads its configuration or stops.
// Three times in each watchdog period it also reports that the service works, but only while all
// actors answer, so that systemd restarts a stuck process. Without systemd it does nothing.
// Threading: owned by one thread; the watchdog has a thread of its own.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "messages/base/result.hpp"

namespace hawkeye {

class systemd_notifier {
public:
  /// Returns one line about the state of the service, or which actors do not answer.
  using sign_of_life = std::function<expected<std::string>()>;

  explicit systemd_notifier(sign_of_life look) : look_{std::move(look)} {}

  /// The service is ready, or has reloaded its configuration. The first call starts the watchdog
  /// thread, if systemd has a watchdog for the service.
  void ready();
  void reloading();
  /// Ends the watchdog.
  void stopping();

private:
  sign_of_life look_;
  std::jthread watchdog_;
};

} // namespace hawkeye
