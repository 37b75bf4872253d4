// Turns request bytes into reply bytes. Takes all waiting requests, asks the store once for the
// current snapshot, and answers each request. Its only state is the buffer for replies and counters
// of what is open. Threading: cooperative; publishes directly on the connection, whose publish is
// thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/nats/client.hpp"
#include "actors/process/failure_log.hpp"
#include "actors/process/metrics.hpp"
#include "actors/request_inbox.hpp"
#include "messages/rpc/rpc.hpp"

namespace hawkeye {

struct rpc_responder_state {
  using pointer = rpc_responder_actor::stateful_pointer<rpc_responder_state>;
  using batch = std::vector<waiting_request>;
  static inline const char* name = "rpc_responder";

  explicit rpc_responder_state(pointer self) : self{self} {}

  void wake();
  void answer(const batch& requests, const snapshot_ptr& from);
  void answer_one(const waiting_request& asked, const snapshot_ptr& from);
  void answer_devices(const waiting_request& asked, const rpc_request& request,
                      const snapshot_ptr& from);
  void answer_stored(const waiting_request& asked, std::string_view request_id,
                     const snapshot_ptr& from, std::size_t count);
  void offload_ended(std::size_t bytes);
  void refuse_all(const batch& requests, const caf::error& why);
  void send(const waiting_request& to, std::string_view bytes, int status);
  void refuse(const waiting_request& to, std::string_view request_id, int status,
              std::string_view sentence);
  void note_reply(const waiting_request& to, const std::optional<failure>& problem, int status,
                  std::string_view sentence);
  caf::result<bool> drain();
  void finished();

  pointer self;
  std::shared_ptr<request_inbox> inbox;
  std::shared_ptr<nats_client> nats;
  redis_store_actor store;
  payload_store_actor payloads;
  std::shared_ptr<metrics_registry> metrics;
  reply_writer writer;
  failure_log unpublished{"a reply could not be published"};
  std::size_t open = 0;             ///< batches and replies to be stored that are not finished
  std::size_t offloading_bytes = 0; ///< memory of requests that wait until their reply is stored
  std::vector<caf::typed_response_promise<bool>> draining;
};

rpc_responder_actor::behavior_type
rpc_responder(rpc_responder_state::pointer self, std::shared_ptr<request_inbox> inbox,
              std::shared_ptr<nats_client> nats, redis_store_actor store,
              payload_store_actor payloads, std::shared_ptr<metrics_registry> metrics);

/// The handler on the connection's thread: puts a request into the inbox, or answers 503 at once. A
/// message without a reply subject is counted and dropped. `here`: actors may run on that thread
/// (inline_executor.hpp).
nats_handler take_requests(std::shared_ptr<request_inbox> inbox, std::shared_ptr<nats_client> nats,
                           rpc_responder_actor responder, std::shared_ptr<metrics_registry> metrics,
                           bool here);

} // namespace hawkeye
