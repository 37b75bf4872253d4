#include "actors/service_manager.hpp"

#include <utility>

#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include "messages/json_text.hpp"
#include "messages/service_status.hpp"

namespace hawkeye {

namespace {

/// Longer than the desk waits for others (1.5 s), far shorter than a sensible watchdog's period.
constexpr caf::timespan patience = std::chrono::seconds{5};

void tell(const std::string& what) {
  if (const int problem = sd_notify(0, what.c_str()); problem < 0)
    spdlog::warn("systemd cannot be told about the service: error {}", -problem);
}

void tell_of(const fallible<std::string>& seen) {
  if (const auto* why = std::get_if<failure>(&seen))
    spdlog::error("the watchdog is not told that the service works: {}", why->reason);
  else // printable: a newline would begin another assignment
    tell("WATCHDOG=1\nSTATUS=" + printable(std::get<std::string>(seen), 500));
}

} // namespace

service_manager::service_manager(sign_of_life look) : look_{std::move(look)} {}

service_manager::~service_manager() {
  {
    const std::lock_guard lock{mutex_};
    ended_ = true;
  }
  over_.notify_one();
  if (watchdog_.joinable())
    watchdog_.join();
}

void service_manager::ready() {
  tell("READY=1");
  std::uint64_t period_us = 0;
  if (!watchdog_.joinable() && sd_watchdog_enabled(0, &period_us) > 0)
    watchdog_ = std::thread{[this, pause = std::chrono::microseconds{period_us} / 3] {
      watch(pause);
    }};
}

void service_manager::reloading() {
  tell("RELOADING=1");
}

void service_manager::stopping() {
  tell("STOPPING=1");
  const std::lock_guard lock{mutex_};
  ended_ = true;
  over_.notify_one();
}

void service_manager::watch(std::chrono::microseconds pause) {
  std::unique_lock lock{mutex_};
  while (!ended_) {
    lock.unlock();
    const auto seen = look_();
    lock.lock();
    if (ended_) // what is silent then has been stopped
      return;
    tell_of(seen);
    over_.wait_for(lock, pause, [this] { return ended_; });
  }
}

service_manager::sign_of_life life_of(caf::actor_system& system, operator_desk_actor desk) {
  return [&system, desk = std::move(desk)]() -> fallible<std::string> {
    fallible<std::string> result{failure{"operator_desk does not answer"}};
    caf::scoped_actor self{system};
    self->request(desk, patience, status_atom_v)
        .receive(
            [&](const service_status_ptr& status) {
              if (status->silent.empty())
                result = one_line(*status);
              else
                result = failure{status->silent.front() + " does not answer"};
            },
            [](const caf::error&) {});
    return result;
  };
}

} // namespace hawkeye
