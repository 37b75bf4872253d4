// One request to a bridge: takes the body of the request and returns the body of a 2xx reply. A
// reply that was too large for NATS is fetched from Redis. Used by the two actors that call
// bridges, and by one instance to call another. Threading: runs inside the calling actor.
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

/// What every actor needs to call bridges.
struct bridge_access {
  nats_gateway_actor gateway_actor;
  payload_store_actor payloads_actor;
  /// Null: calls are not counted, because the callee is no bridge.
  std::shared_ptr<metrics_registry> metrics;
};

/// Longest wait for a stored reply. Redis answers within its own timeout (at most 60 s), and it is
/// asked twice: for the size and for the value.
constexpr caf::timespan recover_timeout = std::chrono::seconds{130};

namespace detail {

/// The body of a reply, or why there is none. `status` is set to the status for the metrics.
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

/// The state of one call. Shared by the handlers of its reply.
template <class Self, class Then>
struct bridge_call : std::enable_shared_from_this<bridge_call<Self, Then>> {
  bridge_call(Self* self, const bridge_access& bridges, const std::string& subject, Then then)
      : self{self}, bridges{bridges}, subject{subject}, then{std::move(then)},
        sent{self->clock().now()} {}

  Self* self;
  bridge_access bridges;
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
    const auto call = this->shared_from_this();
    self->request(bridges.payloads_actor, recover_timeout, recover_atom_v, token)
        .then([call](const payload_ptr& bytes) { call->finished(read_bridge_reply(bytes)); },
              [call](const caf::error& why) { call->failed(why); });
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
    if (bridges.metrics)
      bridges.metrics->bridge_called(subject, status, self->clock().now() - sent);
  }
};

} // namespace detail

/// Calls `then` with an expected<json_slice>, exactly once, in the context of `self`. The gateway
/// enforces the timeout `within` and always answers, so the request itself needs no second timer.
template <class Self, class Then>
void ask_bridge(Self* self, const bridge_access& bridges, const std::string& subject,
                std::string body, caf::timespan within, Then then) {
  const auto call =
      std::make_shared<detail::bridge_call<Self, Then>>(self, bridges, subject, std::move(then));
  self->request(bridges.gateway_actor, caf::infinite, ask_atom_v, subject, std::move(body), within)
      .then([call](const payload_ptr& bytes) { call->arrived(bytes); },
            [call](const caf::error& why) { call->failed(why); });
}

} // namespace hawkeye
