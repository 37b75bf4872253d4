// Queue of requests between the connection's thread and the responder. It is bounded, so that a
// flood gets status 503 at once and does not fill the memory. One wake-up serves all waiting
// requests. Threading: push from any thread, drain from the responder.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "messages/base/limits.hpp"

namespace hawkeye {

/// A request as it arrived.
struct waiting_request {
  std::string reply; ///< the subject that the client listens on
  std::string data;
  std::chrono::steady_clock::time_point arrived;
};

class request_inbox {
public:
  /// Limits of the queue: `most` requests, and `most_bytes` bytes of memory for them.
  explicit request_inbox(std::size_t most, std::size_t most_bytes = max_waiting_bytes)
      : most_{most}, most_bytes_{most_bytes} {}

  /// Returns the number of waiting requests; empty: the queue is full and the request was not
  /// accepted. `behind`: requests that still wait in the connection.
  std::optional<std::size_t> push(std::string_view reply, std::string_view data,
                                  std::size_t behind = 0) {
    const auto size = sizeof(waiting_request) + reply.size() + data.size();
    const std::lock_guard lock{mutex_};
    if (requests_.size() + behind >= most_ || bytes_ + size > most_bytes_)
      return {};
    bytes_ += size;
    requests_.push_back({std::string{reply}, std::string{data}, std::chrono::steady_clock::now()});
    return requests_.size();
  }

  std::size_t waiting() const {
    const std::lock_guard lock{mutex_};
    return requests_.size();
  }

  /// Moves all waiting requests to `reused`, whose memory the queue takes over.
  void drain(std::vector<waiting_request>& reused) {
    reused.clear();
    const std::lock_guard lock{mutex_};
    std::swap(reused, requests_);
    bytes_ = 0;
  }

private:
  std::size_t most_, most_bytes_;
  mutable std::mutex mutex_;
  std::vector<waiting_request> requests_;
  std::size_t bytes_ = 0;
};

} // namespace hawkeye
