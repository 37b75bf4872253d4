// The status as server-sent events, once a second while somebody listens: asked for once, however
// many there are. Threading: the server's thread; a status may come from any.
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
  /// Asks for one line of JSON, and hands it on when it is there, in any thread.
  using ask_status = std::function<void(std::function<void(std::string)>)>;

  explicit event_stream(ask_status ask) : ask_{std::move(ask)} {}

  /// What a new listener reads, who listens as long as it exists; null: there are too many.
  std::shared_ptr<http_stream> listen();

  /// A second has passed.
  void tick();

private:
  void send(std::string status);

  ask_status ask_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<http_stream>> listeners_;
  bool asking_ = false;
};

} // namespace hawkeye
