// The status as server-sent events, once a second while somebody listens: asked for once, however
// many there are. A listener holds the thread of its own connection, and there are only so many.
// Threading: `next` waits on the listener's thread; the status is asked for on a thread of ours.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "messages/base/limits.hpp"

namespace hawkeye {

class event_stream {
public:
  /// `status` gives one line of JSON, and may take its time.
  explicit event_stream(std::function<std::string()> status);
  ~event_stream();
  event_stream(const event_stream&) = delete;
  event_stream& operator=(const event_stream&) = delete;

  /// Gives the next event whenever it is called, once there is one; nothing: it is over. Whoever
  /// drops it listens no more. Empty: there are too many. Must not outlive this object.
  std::function<std::optional<std::string>()> listen();

  /// Ends all listening, now and later. Returns at once, but for a status on its way.
  void stop();

private:
  std::optional<std::string> next(std::uint64_t& seen);
  void leave();
  void run();

  std::function<std::string()> status_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t listeners_ = 0;
  std::string latest_;       ///< empty: none yet, or nobody has listened for a while
  std::uint64_t number_ = 0; ///< of the latest
  bool stopped_ = false;
  std::thread thread_;
};

} // namespace hawkeye
