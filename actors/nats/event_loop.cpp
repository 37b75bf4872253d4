#include "actors/nats/event_loop.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace hawkeye {

constexpr auto longest_wait = std::chrono::seconds{2};

thread_local bool nats_event_loop::sends_itself_ = false;
thread_local const nats_event_loop* nats_event_loop::running_ = nullptr;

nats_event_loop::nats_event_loop(std::function<void()> turn)
    : turn_{std::move(turn)}, wake_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (wake_ < 0)
    throw std::system_error{errno, std::generic_category(), "eventfd"};
  thread_ = std::thread{[this] {
    run();
  }};
}

nats_event_loop::~nats_event_loop() {
  {
    std::unique_lock lock{mutex_}; // the library may be about to call
    detached_.wait_for(lock, longest_wait, [this] { return attached_ == 0; });
  }
  ending_ = true;
  wake();
  thread_.join();
  close_sockets();
  close(wake_);
}

natsStatus nats_event_loop::drive(natsOptions* options) {
  return natsOptions_SetEventLoop(options, this, attach, read, write, detach);
}

void nats_event_loop::send(natsConnection* on) {
  send_some(on);
  const auto until = clock::now() + longest_wait;
  const auto is_unfinished = [on] {
    return natsConnection_Buffered(on) > 0
           && natsConnection_Status(on) == NATS_CONN_STATUS_CONNECTED;
  };
  while (is_unfinished() && clock::now() < until) {
    pollfd room{-1, POLLOUT, 0};
    {
      const std::lock_guard lock{mutex_};
      room.fd = socket_;
    }
    poll(&room, 1, 100);
    send_some(on);
  }
  if (is_unfinished())
    watch_for_room();
}

void nats_event_loop::send_some(natsConnection* on) {
  const std::lock_guard lock{driving_};
  if (running_ == this)
    sent_ = clock::now();
  if (natsConnection_Buffered(on) > 0)
    natsConnection_ProcessWriteEvent(on);
}

void nats_event_loop::watch_for_room() {
  {
    const std::lock_guard lock{mutex_};
    writing_ = true;
  }
  wake();
}

void nats_event_loop::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

// -- the thread -----------------------------------------------------------------------------------

void nats_event_loop::run() {
  running_ = this;
  while (!ending_) {
    natsConnection* on = nullptr;
    pollfd fds[2] = {{wake_, POLLIN, 0}, {-1, POLLIN, 0}};
    close_sockets();
    {
      const std::lock_guard lock{mutex_};
      on = connection_;
      fds[1].fd = socket_;
      if (writing_)
        fds[1].events |= POLLOUT;
    }
    if (poll(fds, 2, -1) < 0)
      continue; // a signal
    if (fds[0].revents != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const auto got = ::read(wake_, &count, sizeof count);
    }
    if (fds[1].revents != 0)
      work(on, fds[1].fd, fds[1].revents);
    sent_ = clock::now();
    turn_();
  }
}

/// Since nats.c 3.10 the event loop has to close the sockets.
void nats_event_loop::close_sockets() {
  const std::lock_guard lock{mutex_};
#if NATS_VERSION_NUMBER >= 0x030A00
  for (auto& socket : closed_)
    natsConnection_ProcessCloseEvent(&socket);
#endif
  closed_.clear();
}

void nats_event_loop::work(natsConnection* on, natsSock socket, int events) {
  const std::lock_guard driving{driving_};
  {
    const std::lock_guard lock{mutex_};
    if (on != connection_ || socket != socket_)
      return; // the socket was replaced meanwhile
  }
  if ((events & POLLOUT) != 0)
    send_some(on);
  if ((events & ~POLLOUT) != 0)
    natsConnection_ProcessReadEvent(on);
}

// -- callbacks of the library ---------------------------------------------------------------------

natsStatus nats_event_loop::attach(void** data, void* self, natsConnection* on, natsSock socket) {
  auto& loop = *static_cast<nats_event_loop*>(self);
  std::unique_ptr<driven> made{new driven{loop, socket}};
  {
    const std::lock_guard lock{loop.mutex_};
    loop.connection_ = on;
    loop.driven_ = made.get();
    loop.socket_ = socket;
    loop.writing_ = false;
    ++loop.attached_;
  }
  *data = made.release(); // until detach
  loop.wake();
  return NATS_OK;
}

/// If reading is not wanted, the connection is lost, and its socket with it.
natsStatus nats_event_loop::read(void* data, bool wanted) {
  auto& [loop, socket] = *static_cast<driven*>(data);
  if (wanted)
    return NATS_OK;
  {
    const std::lock_guard lock{loop.mutex_};
    if (socket >= 0)
      loop.closed_.push_back(std::exchange(socket, -1));
    if (loop.driven_ == data)
      loop.socket_ = -1;
  }
  loop.wake();
  return NATS_OK;
}

natsStatus nats_event_loop::write(void* data, bool wanted) {
  auto& loop = static_cast<driven*>(data)->loop;
  if (wanted) {
    if (!sends_itself_ && running_ != &loop)
      loop.watch_for_room();
  } else {
    const std::lock_guard lock{loop.mutex_};
    loop.writing_ = loop.writing_ && loop.driven_ != data;
  }
  return NATS_OK;
}

natsStatus nats_event_loop::detach(void* data) {
  const std::unique_ptr<driven> ended{static_cast<driven*>(data)};
  auto& loop = ended->loop;
  const std::lock_guard not_in_use{loop.driving_};
  const std::lock_guard lock{loop.mutex_};
  --loop.attached_;
  loop.detached_.notify_all();
  if (loop.driven_ != ended.get())
    return NATS_OK;
  loop.connection_ = nullptr;
  loop.driven_ = nullptr;
  loop.socket_ = -1;
  return NATS_OK;
}

} // namespace hawkeye
