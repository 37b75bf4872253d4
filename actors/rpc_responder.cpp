#include "actors/rpc_responder.hpp"

#include <spdlog/spdlog.h>

#include "actors/nats/inline_executor.hpp"

namespace hawkeye {

namespace {

/// The reply if the store does not answer: it only happens if the store, and so this process, has
/// ended.
constexpr std::string_view no_store_sentence = "Service is stopping, try again later";

/// Requests that arrived together are answered together, at most this many, so that the store is
/// asked once for all of them.
constexpr std::size_t max_batched_requests = 16;
/// A request with more bytes than this is answered at once: no real one is that large, and sixteen
/// of a megabyte each need not be held.
constexpr std::size_t max_batched_request_bytes = 1024;

/// Bytes that a request takes while its reply is being stored, besides its id and subject: CAF's
/// messages and promises.
constexpr std::size_t bytes_while_offloading = 1024;

/// Answers a request of a flood at once, on the connection's thread.
void refuse_overload(nats_client& nats, metrics_registry& metrics, const nats_message& message) {
  const auto request = read_rpc_request(message.data);
  const int status = request ? 503 : 400;
  const auto sentence = request ? overloaded_sentence : std::string_view{request.error().sentence};
  const auto id = request ? request->request_id : request.error().request_id;
  nats.refuse(std::string{message.reply}, sentence_reply(id, sentence, status), status, sentence);
  metrics.answered(endpoint::get, status, {}, sentence);
  metrics.shed();
  metrics.over(limit::waiting_requests);
}

} // namespace

void rpc_responder_state::wake() {
  batch requests;
  inbox->drain(requests);
  if (requests.empty())
    return;
  ++open;
  auto shared = std::make_shared<const batch>(std::move(requests));
  // No timeout: the store never blocks, and a timer per request would wake CAF's clock thread each
  // time. If the store ends, CAF answers with an error at once.
  self->request(store, caf::infinite, snapshot_atom_v)
      .then([this, shared](const snapshot_ptr& from) { answer(*shared, from); },
            [this, shared](const caf::error& why) { refuse_all(*shared, why); });
}

void rpc_responder_state::answer(const batch& requests, const snapshot_ptr& from) {
  for (const auto& asked : requests)
    answer_one(asked, from);
  finished();
}

void rpc_responder_state::answer_one(const waiting_request& asked, const snapshot_ptr& from) {
  const auto request = read_rpc_request(asked.data);
  if (!request) {
    const auto& refusal = request.error();
    if (refusal.over)
      metrics->over(*refusal.over);
    return refuse(asked, refusal.request_id, 400, refusal.sentence);
  }
  if (!from)
    return send(asked, sentence_reply(request->request_id, still_building_sentence, 202), 202);
  answer_devices(asked, *request, from);
}

void rpc_responder_state::answer_devices(const waiting_request& asked, const rpc_request& request,
                                         const snapshot_ptr& from) {
  const auto count = from->count_after(request.filter);
  if (count == 0)
    return send(asked, sentence_reply(request.request_id, no_devices_sentence, 404), 404);
  const auto limit = nats->max_payload();
  if (limit && device_reply_size(request.request_id, *from, count) > *limit)
    return answer_stored(asked, request.request_id, from, count);
  send(asked, writer.write(request.request_id, *from, count), 200);
}

/// Redis may hang, so the memory of requests that wait for it is bounded, and the requests' own
/// bytes are not kept.
void rpc_responder_state::answer_stored(const waiting_request& asked, std::string_view request_id,
                                        const snapshot_ptr& from, std::size_t count) {
  const auto bytes = bytes_while_offloading + asked.reply.size() + request_id.size();
  if (offloading_bytes + bytes > max_waiting_bytes) {
    metrics->shed();
    metrics->over(limit::waiting_requests);
    return refuse(asked, request_id, 503, overloaded_sentence);
  }
  offloading_bytes += bytes;
  ++open;
  const waiting_request to{asked.reply, {}, asked.arrived};
  self->request(payloads, caf::infinite, offload_atom_v, from, std::uint64_t{count})
      .then(
          [this, to, id = std::string{request_id}, bytes](const std::string& token) {
            send(to, token_reply(id, token), 200);
            offload_ended(bytes);
          },
          [this, to, id = std::string{request_id}, bytes](const caf::error& why) {
            const auto sentence =
                "The answer is larger than NATS allows and cannot be stored in Redis: "
                + reason_of(why);
            refuse(to, id, 503, sentence);
            offload_ended(bytes);
          });
}

void rpc_responder_state::offload_ended(std::size_t bytes) {
  offloading_bytes -= bytes;
  finished();
}

void rpc_responder_state::refuse_all(const batch& requests, const caf::error& why) {
  spdlog::error("requests cannot be answered: {}", reason_of(why));
  for (const auto& asked : requests) {
    const auto envelope = read_rpc_envelope(asked.data);
    refuse(asked, envelope ? envelope->request_id : "null", 503, no_store_sentence);
  }
  finished();
}

void rpc_responder_state::send(const waiting_request& to, std::string_view bytes, int status) {
  note_reply(to, nats->publish(to.reply, {}, bytes), status, {});
}

void rpc_responder_state::refuse(const waiting_request& to, std::string_view request_id, int status,
                                 std::string_view sentence) {
  const auto bytes = sentence_reply(request_id, sentence, status);
  note_reply(to, nats->refuse(to.reply, bytes, status, sentence), status, sentence);
}

void rpc_responder_state::note_reply(const waiting_request& to,
                                     const std::optional<failure>& problem, int status,
                                     std::string_view sentence) {
  unpublished.note(problem);
  if (problem)
    metrics->dropped();
  else
    metrics->answered(endpoint::get, status, std::chrono::steady_clock::now() - to.arrived,
                      sentence);
}

caf::result<bool> rpc_responder_state::drain() {
  wake();
  if (open == 0)
    return true;
  draining.push_back(self->make_response_promise<bool>());
  return draining.back();
}

void rpc_responder_state::finished() {
  if (--open > 0)
    return;
  for (auto& promise : std::exchange(draining, {}))
    promise.deliver(true);
}

rpc_responder_actor::behavior_type
rpc_responder(rpc_responder_state::pointer self, std::shared_ptr<request_inbox> inbox,
              std::shared_ptr<nats_client> nats, redis_store_actor store,
              payload_store_actor payloads, std::shared_ptr<metrics_registry> metrics) {
  auto& state = self->state;
  state.inbox = std::move(inbox);
  state.nats = std::move(nats);
  state.store = std::move(store);
  state.payloads = std::move(payloads);
  state.metrics = std::move(metrics);
  return {
      [self](wake_atom) { self->state.wake(); },
      [self](drain_atom) { return self->state.drain(); },
      [](ping_atom) { return true; },
  };
}

nats_handler take_requests(std::shared_ptr<request_inbox> inbox, std::shared_ptr<nats_client> nats,
                           rpc_responder_actor responder, std::shared_ptr<metrics_registry> metrics,
                           bool here) {
  auto unit = std::make_shared<inline_executor>(responder.home_system(), here);
  return [inbox = std::move(inbox), nats = std::move(nats), responder = std::move(responder),
          metrics = std::move(metrics), unit = std::move(unit)](const nats_message& message) {
    std::size_t waiting = 0;
    if (message.reply.empty())
      metrics->dropped(); // there is nowhere to send an answer
    else if (const auto count = inbox->push(message.reply, message.data, message.behind))
      waiting = *count;
    else
      refuse_overload(*nats, *metrics, message);
    if (message.behind == 0 || waiting >= max_batched_requests
        || message.data.size() > max_batched_request_bytes)
      unit->send(responder, wake_atom_v);
  };
}

} // namespace hawkeye
