// The status as server-sent events, once a second while there are listeners. It is requested once
// for all of them. Threading: the server's thread; a status may arrive on any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/http/server.hpp"

namespace hawkeye {

class event_stream : public std::enable_shared_from_this<event_stream> {
public:
  /// Requests one line of JSON, which is passed to the callback when it is available, on any
  /// thread.
  using ask_status = std::function<void(std::function<void(std::string)>)>;

  explicit event_stream(ask_status ask) : ask_{std::move(ask)} {}

  /// The stream of a new listener, who is registered as long as the stream exists; null: there are
  /// too many.
  std::shared_ptr<http_stream> listen();

  /// Called once a second.
  void tick();

private:
  void send(std::string status);

  ask_status ask_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<http_stream>> listeners_;
  bool asking_ = false;
};

} // namespace hawkeye
