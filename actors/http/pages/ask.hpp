// Sends a request to an actor from any thread: a short-lived actor waits for the reply, so that no
// thread has to. Threading: may be called from any thread; `then` runs in the scheduler.
#pragma once

#include <functional>

#include "actors/interfaces.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

template <class T, class Handle, class... Args>
void ask_actor(caf::actor_system& system, const Handle& handle, caf::timespan limit,
               std::function<void(const expected<T>&)> then, Args... args) {
  system.spawn(
      [limit, then = std::move(then), args...](caf::event_based_actor* self, const Handle& actor) {
        self->request(actor, limit, args...)
            .then([then](const T& x) { then(x); },
                  [then](const caf::error& why) { then(fail(reason_of(why))); });
      },
      handle);
}

} // namespace hawkeye
