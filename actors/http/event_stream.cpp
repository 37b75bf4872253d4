#include "actors/http/event_stream.hpp"

#include "messages/base/limits.hpp"

namespace hawkeye {

std::shared_ptr<http_stream> event_stream::listen() {
  auto result = std::make_shared<http_stream>();
  {
    const std::lock_guard lock{mutex_};
    std::erase_if(listeners_, [](const auto& x) { return x.expired(); });
    if (listeners_.size() == max_listeners)
      return {};
    listeners_.push_back(result);
  }
  tick();
  return result;
}

void event_stream::tick() {
  {
    const std::lock_guard lock{mutex_};
    std::erase_if(listeners_, [](const auto& x) { return x.expired(); });
    if (listeners_.empty() || asking_)
      return;
    asking_ = true;
  }
  ask_([here = weak_from_this()](std::string status) {
    if (const auto stream = here.lock())
      stream->send(std::move(status));
  });
}

void event_stream::send(std::string status) {
  while (status.ends_with('\n'))
    status.pop_back();
  // A client that is disconnected reconnects after a second.
  const auto event = "retry: 1000\nevent: status\ndata: " + status + "\n\n";
  const std::lock_guard lock{mutex_};
  asking_ = false;
  for (const auto& one : listeners_)
    if (const auto listener = one.lock())
      listener->send(event);
}

} // namespace hawkeye
