// One question to a bridge, from its body to the body of a 2xx reply, wherever that reply stands:
// on the wire or, when it was too large, in Redis. For the two actors that ask bridges; runs inside
// the asking actor.
#pragma once

#include <string>
#include <utility>

#include "actors/interfaces.hpp"
#include "messages/bridge_message.hpp"

namespace hawkeye {

/// Whom to ask: held by every actor that asks bridges.
struct bridge_access {
  nats_gateway_actor gateway_actor;
  payload_store_actor payloads_actor;
};

/// Longest wait for a stored reply: Redis answers within its own timeout (at most 60 s), twice for
/// a size and a value.
constexpr caf::timespan recover_timeout = std::chrono::seconds{130};

namespace detail {

/// A stored reply has arrived: it must not point to yet another one.
inline fallible<json_slice> read_stored_reply(const payload_ptr& bytes) {
  auto reply = read_bridge_reply(bytes);
  if (auto* body = std::get_if<json_slice>(&reply))
    return std::move(*body);
  if (auto* why = std::get_if<failure>(&reply))
    return std::move(*why);
  return failure{"the stored reply is itself a token: not followed"};
}

template <class Self, class Then>
void recover_reply(Self* self, const bridge_access& via, const std::string& token, Then then) {
  self->request(via.payloads_actor, recover_timeout, recover_atom_v, token)
      .then([then](const payload_ptr& bytes) mutable { then(read_stored_reply(bytes)); },
            [then](const caf::error& why) mutable {
              then(fallible<json_slice>{failure{reason_of(why)}});
            });
}

} // namespace detail

/// Calls `then` with a fallible<json_slice>, exactly once, in `self`'s context. The gateway owns
/// the deadline `within`: it always answers, so the request itself needs no second timer.
template <class Self, class Then>
void ask_bridge(Self* self, const bridge_access& via, const std::string& subject, std::string body,
                caf::timespan within, Then then) {
  self->request(via.gateway_actor, caf::infinite, ask_atom_v, subject, std::move(body), within)
      .then(
          [=](const payload_ptr& bytes) mutable {
            auto reply = read_bridge_reply(bytes);
            if (auto* elsewhere = std::get_if<stored_elsewhere>(&reply))
              detail::recover_reply(self, via, elsewhere->token, std::move(then));
            else if (auto* slice = std::get_if<json_slice>(&reply))
              then(fallible<json_slice>{std::move(*slice)});
            else
              then(fallible<json_slice>{std::get<failure>(std::move(reply))});
          },
          [=](const caf::error& why) mutable {
            then(fallible<json_slice>{failure{reason_of(why)}});
          });
}

} // namespace hawkeye
