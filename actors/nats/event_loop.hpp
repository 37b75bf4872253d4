// The thread on which a NATS connection reads, hands over and answers: one wake-up for all that
// arrived together, one `send` for all that is said to it. nats.c alone reads on one thread, hands
// over on one more per subscription, and sends each message by itself. What other threads publish
// they send. Threading: for one connection, which ends first; every member may be called from any
// thread.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <nats/nats.h>

namespace hawkeye {

class nats_event_loop {
public:
  /// `turn` runs on the loop's thread whenever something may have been read; it waits in the
  /// subscriptions then.
  explicit nats_event_loop(std::function<void()> turn);
  ~nats_event_loop();
  nats_event_loop(const nats_event_loop&) = delete;
  nats_event_loop& operator=(const nats_event_loop&) = delete;

  /// A connection that is made with these options is driven from here.
  natsStatus drive(natsOptions* options);

  /// Calls `publish`, which puts something into the connection's buffer, and sends it: at once, or
  /// on the loop's own thread with what else this turn has to say.
  template <class Publish>
  natsStatus publish(natsConnection* on, Publish publish) {
    const auto before = std::exchange(sends_itself_, true);
    const natsStatus result = publish();
    sends_itself_ = before;
    if (result == NATS_OK && (running_ != this || natsConnection_Buffered(on) > sent_at_once))
      send(on);
    return result;
  }
  /// Sends what waits. Where the server takes it slowly, waits for up to two seconds; the loop then
  /// sends the rest.
  void send(natsConnection* on);

private:
  // what the library calls, with the connection locked
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

  static constexpr int sent_at_once = 64 << 10; ///< bytes that do not wait for the turn's end
  static thread_local bool sends_itself_;       ///< this thread, in publish()
  static thread_local const nats_event_loop* running_; ///< on this thread
  /// Held by whoever reads or sends: of two that send at once the second would have nothing to
  /// send, which the library takes for a closed connection.
  std::recursive_mutex driving_;
  std::function<void()> turn_;
  std::mutex mutex_; ///< of what follows
  natsConnection* connection_ = nullptr;
  natsSock socket_ = -1;
  std::vector<natsSock> closed_; ///< the library does not use them any more
  bool writing_ = false;         ///< wait for room in the socket
  int wake_;                     ///< an eventfd
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

} // namespace hawkeye
