// Notifies systemd (sd_notify(3)) when the service is ready, reads its configuration again or
// stops, and, thrice in a watchdog's period, that it works: only while all actors answer, so that
// systemd starts a stuck process anew. Without systemd it does nothing. Threading: owned by one
// thread; the watchdog looks from a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "messages/base/result.hpp"

namespace hawkeye {

class systemd_notifier {
public:
  /// A line about how the service is, or who does not answer.
  using sign_of_life = std::function<expected<std::string>()>;

  explicit systemd_notifier(sign_of_life look);
  ~systemd_notifier();
  systemd_notifier(const systemd_notifier&) = delete;
  systemd_notifier& operator=(const systemd_notifier&) = delete;

  /// The service is up, or has read its configuration again. From the first time on the watchdog
  /// looks, where systemd has one.
  void ready();
  void reloading();
  /// Nothing more is looked at.
  void stopping();

private:
  void watch(std::chrono::microseconds pause);

  sign_of_life look_;
  std::mutex mutex_;
  std::condition_variable over_;
  bool ended_ = false;
  std::thread watchdog_;
};

} // namespace hawkeye
