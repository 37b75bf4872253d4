// Runs actors on the thread that delivers their message, one after another, instead of waking a
// thread of the scheduler for each: a thread switch costs more than all the work for a request or a
// bridge's reply. The actors do not notice: each handles one message at a time, and an actor that
// is running on another thread handles the message there. Threading: one caller at a time; only for
// actors that do not block.
#pragma once

#include <deque>
#include <utility>

#include <caf/all.hpp>

namespace hawkeye {

class inline_executor final : public caf::execution_unit {
public:
  /// `here` false: the scheduler runs the actors (tests, which control its clock).
  inline_executor(caf::actor_system& system, bool here)
      : caf::execution_unit{&system}, here_{here} {}

  /// Sends a message without a sender. Returns when its handling and everything that follows from
  /// it is done or was taken over by other threads.
  template <class Handle, class... Args>
  void send(const Handle& to, Args&&... args) {
    caf::actor_cast<caf::actor_control_block*>(to)->enqueue(
        nullptr, caf::make_message_id(), caf::make_message(std::forward<Args>(args)...),
        here_ ? this : nullptr);
    while (!woken_.empty()) {
      auto* next = woken_.front();
      woken_.pop_front();
      run(next);
    }
  }

  void exec_later(caf::resumable* woken) override {
    woken_.push_back(woken);
  }

private:
  /// Messages of one actor that are handled in a row; the scheduler runs an actor that has more.
  static constexpr std::size_t most_messages = 256;

  void run(caf::resumable* actor) {
    if (actor->resume(this, most_messages) == caf::resumable::resume_later)
      system().scheduler().enqueue(actor); // passes on the reference that we hold
    else
      caf::intrusive_ptr_release(actor);
  }

  bool here_;
  std::deque<caf::resumable*> woken_;
};

} // namespace hawkeye
