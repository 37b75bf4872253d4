#include "actors/process/systemd.hpp"

#include <utility>

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

} // namespace

systemd_notifier::systemd_notifier(sign_of_life look) : look_{std::move(look)} {}

systemd_notifier::~systemd_notifier() {
  {
    const std::lock_guard lock{mutex_};
    ended_ = true;
  }
  over_.notify_one();
  if (watchdog_.joinable())
    watchdog_.join();
}

void systemd_notifier::ready() {
  notify("READY=1");
  std::uint64_t period_us = 0;
  if (!watchdog_.joinable() && sd_watchdog_enabled(0, &period_us) > 0)
    watchdog_ = std::thread{[this, pause = std::chrono::microseconds{period_us} / 3] {
      watch(pause);
    }};
}

void systemd_notifier::reloading() {
  notify("RELOADING=1");
}

void systemd_notifier::stopping() {
  notify("STOPPING=1");
  const std::lock_guard lock{mutex_};
  ended_ = true;
  over_.notify_one();
}

void systemd_notifier::watch(std::chrono::microseconds pause) {
  std::unique_lock lock{mutex_};
  while (!ended_) {
    lock.unlock();
    const auto seen = look_();
    lock.lock();
    if (ended_) // actors that do not answer now have been stopped
      return;
    notify_watchdog(seen);
    over_.wait_for(lock, pause, [this] { return ended_; });
  }
}

} // namespace hawkeye
