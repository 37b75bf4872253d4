// One question to a bridge, from its body to the body of a 2xx reply, wherever that reply stands:
// on the wire or, when it was too large, in Redis. For the two actors that ask bridges, and for one
// instance that asks another; runs inside the asking actor.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "actors/interfaces.hpp"
#include "actors/process/metrics.hpp"
#include "messages/base/pacing.hpp"
#include "messages/bridges/bridge_message.hpp"

namespace hawkeye {

/// The actors behind a question to a bridge: held by every actor that asks bridges.
struct bridge_access {
  nats_gateway_actor gateway_actor;
  payload_store_actor payloads_actor;
  std::shared_ptr<metrics_registry>
      metrics; ///< null: it is no bridge that is asked, and is not counted
};

/// Longest wait for a stored reply: Redis answers within its own timeout (at most 60 s), twice for
/// a size and a value.
constexpr caf::timespan recover_timeout = std::chrono::seconds{130};

namespace detail {

/// The body of a reply, or why there is none; `status` is what it counts as.
inline expected<json_slice> body_of(bridge_reply reply, std::string& status) {
  if (auto* body = std::get_if<json_slice>(&reply)) {
    status = "2xx";
    return std::move(*body);
  }
  if (auto* why = std::get_if<bridge_failure>(&reply)) {
    status = std::move(why->status);
    return fail(std::move(why->reason));
  }
  status = "bad_token";
  return fail("the stored reply is itself a token: not followed");
}

/// One call, from the question to its end.
template <class Self, class Then>
struct bridge_call {
  Self* self;
  bridge_access via;
  std::string subject;
  Then then;
  time_point sent;

  void arrived(const payload_ptr& bytes) {
    auto reply = read_bridge_reply(bytes);
    if (auto* elsewhere = std::get_if<stored_elsewhere>(&reply))
      return recover(elsewhere->token);
    finished(std::move(reply));
  }

  void recover(const std::string& token) {
    self->request(via.payloads_actor, recover_timeout, recover_atom_v, token)
        .then([call = *this](
                  const payload_ptr& bytes) mutable { call.finished(read_bridge_reply(bytes)); },
              [call = *this](const caf::error& why) mutable { call.failed(why); });
  }

  void finished(bridge_reply reply) {
    std::string status;
    const auto body = body_of(std::move(reply), status);
    count(status);
    then(body);
  }

  void failed(const caf::error& why) {
    auto name = to_string(fault_of(why));
    std::replace(name.begin(), name.end(), ' ', '_');
    count(name);
    then(expected<json_slice>{fail(reason_of(why))});
  }

  void count(const std::string& status) {
    if (via.metrics)
      via.metrics->bridge_called(subject, status, self->clock().now() - sent);
  }
};

} // namespace detail

/// Calls `then` with an expected<json_slice>, exactly once, in `self`'s context. The gateway owns
/// the deadline `within`: it always answers, so the request itself needs no second timer.
template <class Self, class Then>
void ask_bridge(Self* self, const bridge_access& via, const std::string& subject, std::string body,
                caf::timespan within, Then then) {
  detail::bridge_call<Self, Then> call{self, via, subject, std::move(then), self->clock().now()};
  self->request(via.gateway_actor, caf::infinite, ask_atom_v, subject, std::move(body), within)
      .then([call](const payload_ptr& bytes) mutable { call.arrived(bytes); },
            [call](const caf::error& why) mutable { call.failed(why); });
}

} // namespace hawkeye
