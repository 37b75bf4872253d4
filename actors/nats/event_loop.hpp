// The thread on which a NATS connection reads, calls handlers and sends: one wake-up for all
// messages that arrived together, and one `send` for the replies to them. Without it nats.c reads
// on one thread, calls handlers on one more thread per subscription, and sends each message
// separately. Messages that other threads publish are sent by those threads. Threading: serves one
// connection after the other, which end before it; every member may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <nats/nats.h>

namespace hawkeye {

class nats_event_loop {
public:
  /// `turn` runs on the loop's thread whenever messages may have been read; they are then pending
  /// in the subscriptions.
  explicit nats_event_loop(std::function<void()> turn);
  ~nats_event_loop();
  nats_event_loop(const nats_event_loop&) = delete;
  nats_event_loop& operator=(const nats_event_loop&) = delete;

  /// Makes this loop drive the connection that is made with these options, once the former one is
  /// closed.
  natsStatus drive(natsOptions* options);

  /// Calls `publish`, which puts something into the connection's buffer, and sends it: at once, or,
  /// on the loop's own thread, together with other output of this turn.
  template <class Publish>
  natsStatus publish(natsConnection* on, Publish publish) {
    const auto before = std::exchange(sends_itself_, true);
    const natsStatus result = publish();
    sends_itself_ = before;
    if (result == NATS_OK && (running_ != this || natsConnection_Buffered(on) > most_buffered))
      send(on);
    else if (result == NATS_OK && clock::now() - sent_ > longest_buffered)
      send_some(on);
    return result;
  }
  /// Sends the buffered output. If the server accepts it slowly, waits for up to two seconds; the
  /// loop then sends the rest.
  void send(natsConnection* on);

private:
  /// What the library keeps for each connection. The end of one may be reported after the next one
  /// has begun.
  struct driven {
    nats_event_loop& loop;
    natsSock socket;
  };

  // callbacks of the library, all but the last made while it holds the connection's lock
  static natsStatus attach(void** data, void* self, natsConnection* on, natsSock socket);
  static natsStatus read(void* data, bool wanted);
  static natsStatus write(void* data, bool wanted);
  static natsStatus detach(void* data);

  void run();
  void work(natsConnection* on, natsSock socket, int events);
  void send_some(natsConnection* on);
  void watch_for_room();
  void wake() const;
  void close_sockets();

  using clock = std::chrono::steady_clock;

  /// Output is sent before the turn ends if it is larger than this, in bytes, or if nothing was
  /// sent for so long: the others can then work on the first messages while this turn writes the
  /// last.
  static constexpr int most_buffered = 64 << 10;
  static constexpr auto longest_buffered = std::chrono::microseconds{150};
  static thread_local bool sends_itself_;              ///< this thread is in publish()
  static thread_local const nats_event_loop* running_; ///< the loop that runs on this thread
  /// Held while reading or sending. If two threads sent at the same time, the second would have
  /// nothing to send, which the library treats as a closed connection.
  std::recursive_mutex driving_;
  std::function<void()> turn_;
  std::mutex mutex_; ///< protects the members below
  natsConnection* connection_ = nullptr;
  const driven* driven_ = nullptr; ///< of that connection
  natsSock socket_ = -1;
  int attached_ = 0; ///< connections that the library has not detached yet
  std::condition_variable detached_;
  std::vector<natsSock> closed_; ///< sockets that the library does not use any more
  bool writing_ = false;         ///< wait until the socket can be written
  int wake_;                     ///< an eventfd
  clock::time_point sent_{};     ///< when the turn sent or began; only of the loop's thread
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

} // namespace hawkeye
