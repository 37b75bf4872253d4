#include "actors/process/systemd.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include "messages/base/json.hpp"

namespace hawkeye {

namespace {

void notify(const std::string& assignments) {
  if (const int problem = sd_notify(0, assignments.c_str()); problem < 0)
    spdlog::warn("systemd cannot be notified of the service: error {}", -problem);
}

void notify_watchdog(const expected<std::string>& seen) {
  if (const auto* why = error_of(seen))
    spdlog::error("the watchdog is not notified that the service works: {}", why->reason);
  else // printable, because a newline would begin another assignment
    notify("WATCHDOG=1\nSTATUS=" + printable(*seen, 500));
}

void watch(const systemd_notifier::sign_of_life& look, std::chrono::microseconds pause,
           const std::stop_token& ended) {
  std::mutex mutex;
  std::condition_variable_any over;
  std::unique_lock lock{mutex};
  while (!ended.stop_requested()) {
    const auto seen = look();
    if (ended.stop_requested()) // actors that do not answer now have been stopped
      return;
    notify_watchdog(seen);
    over.wait_for(lock, ended, pause, [] { return false; });
  }
}

} // namespace

void systemd_notifier::ready() {
  notify("READY=1");
  std::uint64_t period_us = 0;
  if (!watchdog_.joinable() && sd_watchdog_enabled(0, &period_us) > 0)
    watchdog_ = std::jthread{[look = look_, period_us](const std::stop_token& ended) {
      watch(look, std::chrono::microseconds{period_us} / 3, ended);
    }};
}

void systemd_notifier::reloading() {
  notify("RELOADING=1");
}

void systemd_notifier::stopping() {
  notify("STOPPING=1");
  watchdog_.request_stop();
}

} // namespace hawkeye
