// Lets the thread that brings a message run the actors that the message wakes, one after another,
// instead of waking a thread of the scheduler for each: a switch of threads costs more than all
// that a request or a bridge's reply asks of us. To the actors nothing changes: one message at a
// time, and who is running elsewhere takes the message there. Threading: one caller at a time; only
// for actors that do not block.
#pragma once

#include <deque>
#include <utility>

#include <caf/all.hpp>

namespace hawkeye {

class inline_executor final : public caf::execution_unit {
public:
  /// `here` false: the scheduler runs them after all (tests, which hold its clock).
  inline_executor(caf::actor_system& system, bool here)
      : caf::execution_unit{&system}, here_{here} {}

  /// Sends a message from nobody, and returns when it and what follows from it is done or has gone
  /// to other threads.
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
  /// So many messages of one actor in a row; who has more goes on in the scheduler.
  static constexpr std::size_t most_messages = 256;

  void run(caf::resumable* actor) {
    if (actor->resume(this, most_messages) == caf::resumable::resume_later)
      system().scheduler().enqueue(actor); // with the reference we held
    else
      caf::intrusive_ptr_release(actor);
  }

  bool here_;
  std::deque<caf::resumable*> woken_;
};

} // namespace hawkeye
