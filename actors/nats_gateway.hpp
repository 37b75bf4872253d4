// Sends requests and messages over NATS for all other actors. Fails at once while NATS is not
// connected. Keeps the open requests, each with a deadline, so that a request holds no thread
// while it waits. Wraps each body into the request envelope. Of the replies it only inspects
// acknowledgements of JetStream, which it skips. Threading: cooperative. Replies arrive on the
// connection's thread and are sent to this actor as messages.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/nats/client.hpp"
#include "actors/nats/inline_executor.hpp"
#include "actors/process/failure_log.hpp"

namespace hawkeye {

struct nats_gateway_state {
  using pointer = nats_gateway_actor::stateful_pointer<nats_gateway_state>;
  static inline const char* name = "nats_gateway";

  struct question {
    std::uint64_t id = 0; ///< 0: none
    caf::typed_response_promise<payload_ptr> promise;
    std::string subject;
    time_point deadline;
  };
  /// Requests that are open at the same time have separate subscriptions: if a request has no
  /// responders, the server's notice arrives without the request's number, only with the
  /// subscription.
  struct slot {
    std::string inbox; ///< prefix of its reply subjects; the request's number follows
    question open;
  };

  explicit nats_gateway_state(pointer self) : self{self} {}

  caf::result<payload_ptr> ask(const std::string& subject, const std::string& body,
                               caf::timespan within);
  bool publish(const std::string& subject, const std::string& data);
  void answered(std::size_t slot, std::uint64_t id, const payload_ptr& reply);
  void nobody_answers(std::size_t slot);
  void acknowledged(const std::string& subject, const payload& by);
  void expire();
  std::size_t take_slot();
  question close(std::size_t slot);
  void watch_deadline(time_point deadline);

  pointer self;
  std::shared_ptr<nats_client> nats;
  std::function<std::string()> new_id;
  std::shared_ptr<inline_executor> executor; ///< runs actors on the connection's thread
  std::string inbox;                         ///< prefix of all inboxes
  std::vector<slot> slots;
  std::vector<std::size_t> free_slots;
  std::uint64_t last_id = 0;
  time_point next_look = time_point::max(); ///< when the next tick comes; max: no tick is scheduled
  failure_log unpublished{"a message could not be published"};
  log_backoff acknowledgements; ///< acknowledgements of JetStream that were skipped
};

/// The subscriptions to the inboxes end with `nats->close()`. `here`: actors may run on the
/// connection's thread (inline_executor.hpp).
nats_gateway_actor::behavior_type nats_gateway(nats_gateway_state::pointer self,
                                               std::shared_ptr<nats_client> nats,
                                               std::function<std::string()> new_id, bool here);

} // namespace hawkeye
