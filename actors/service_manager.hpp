// What systemd is told about the service (sd_notify(3)): when it is ready, reads its configuration
// again, stops, and, thrice in a watchdog's period, that it works. What is no answer of the actors
// is no sign of life: then systemd hears nothing and starts the process anew. Without systemd
// nobody is told. Threading: owned by one thread; the watchdog looks from a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "actors/interfaces.hpp"
#include "messages/fallible.hpp"

namespace hawkeye {

class service_manager {
public:
  /// A line about how the service is, or who does not answer.
  using sign_of_life = std::function<fallible<std::string>()>;

  explicit service_manager(sign_of_life look);
  ~service_manager();
  service_manager(const service_manager&) = delete;
  service_manager& operator=(const service_manager&) = delete;

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

/// Asks the desk, who asks all actors that a request or a refresh needs.
service_manager::sign_of_life life_of(caf::actor_system& system, operator_desk_actor desk);

} // namespace hawkeye
