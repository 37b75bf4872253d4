#include "actors/status_events.hpp"

namespace hawkeye {

using namespace std::chrono_literals;

status_events::status_events(std::function<std::string()> status)
    : status_{std::move(status)}, thread_{[this] {
        run();
      }} {}

status_events::~status_events() {
  stop();
  thread_.join();
}

std::function<std::optional<std::string>()> status_events::listen() {
  const std::lock_guard lock{mutex_};
  if (stopped_ || listeners_ == max_listeners)
    return {};
  ++listeners_;
  changed_.notify_all();
  // Whatever becomes of the connection: the last copy that goes leaves.
  const std::shared_ptr<std::uint64_t> seen{new std::uint64_t{0}, [this](std::uint64_t* x) {
                                              delete x;
                                              leave();
                                            }};
  return [this, seen] {
    return next(*seen);
  };
}

std::optional<std::string> status_events::next(std::uint64_t& seen) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return stopped_ || (number_ != seen && !latest_.empty()); });
  if (stopped_)
    return {};
  // Whoever comes back after we were gone tries again a second later.
  const std::string head = seen == 0 ? "retry: 1000\n" : "";
  seen = number_;
  return head + "event: status\ndata: " + latest_ + "\n\n";
}

void status_events::leave() {
  const std::lock_guard lock{mutex_};
  if (--listeners_ == 0)
    latest_.clear();
}

void status_events::stop() {
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  changed_.notify_all();
}

void status_events::run() {
  std::unique_lock lock{mutex_};
  while (!stopped_) {
    if (listeners_ == 0) {
      changed_.wait(lock);
      continue;
    }
    lock.unlock();
    auto text = status_();
    while (!text.empty() && text.back() == '\n')
      text.pop_back();
    lock.lock();
    latest_ = std::move(text);
    ++number_;
    changed_.notify_all();
    changed_.wait_for(lock, 1s, [this] { return stopped_; });
  }
}

} // namespace hawkeye
