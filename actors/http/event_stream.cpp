#include "actors/http/event_stream.hpp"

namespace hawkeye {

using namespace std::chrono_literals;

event_stream::event_stream(std::function<std::string()> status)
    : status_{std::move(status)}, thread_{[this] {
        run();
      }} {}

event_stream::~event_stream() {
  stop();
  thread_.join();
}

std::function<std::optional<std::string>()> event_stream::listen() {
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

std::optional<std::string> event_stream::next(std::uint64_t& seen) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return stopped_ || (number_ != seen && !latest_.empty()); });
  if (stopped_)
    return {};
  // Whoever comes back after we were gone tries again a second later.
  const std::string head = seen == 0 ? "retry: 1000\n" : "";
  seen = number_;
  return head + "event: status\ndata: " + latest_ + "\n\n";
}

void event_stream::leave() {
  const std::lock_guard lock{mutex_};
  if (--listeners_ == 0)
    latest_.clear();
}

void event_stream::stop() {
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  changed_.notify_all();
}

void event_stream::run() {
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
