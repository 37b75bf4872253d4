#include "actors/rpc_responder.hpp"

#include <spdlog/spdlog.h>

#include "actors/run_here.hpp"

namespace hawkeye {

namespace {

/// Requests whose snapshot does not come: only when the store has ended, and with it this process.
constexpr std::string_view no_store_sentence = "Service is stopping, try again later";

std::string refusal_reply(const rpc_refusal& x) {
  return sentence_reply(x.request_id, x.sentence, 400);
}

std::string overloaded_reply(std::string_view data) {
  const auto request = read_rpc_request(data);
  if (auto* refusal = std::get_if<rpc_refusal>(&request))
    return refusal_reply(*refusal);
  return sentence_reply(std::get<rpc_request>(request).request_id, overloaded_sentence, 503);
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
  // time. Should the store end, CAF answers with an error at once.
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
  if (auto* refusal = std::get_if<rpc_refusal>(&request))
    return send(asked.reply, refusal_reply(*refusal));
  const auto& wanted = std::get<rpc_request>(request);
  if (!from)
    return send(asked.reply, sentence_reply(wanted.request_id, still_building_sentence, 202));
  answer_devices(asked, wanted, from);
}

void rpc_responder_state::answer_devices(const waiting_request& asked, const rpc_request& request,
                                         const snapshot_ptr& from) {
  const auto count = from->count_after(request.filter);
  if (count == 0)
    return send(asked.reply, sentence_reply(request.request_id, no_devices_sentence, 404));
  const auto limit = via->max_payload();
  if (limit && device_reply_size(request.request_id, *from, count) > *limit)
    return answer_stored(asked.reply, std::string{request.request_id}, from, count);
  send(asked.reply, writer.write(request.request_id, from, count));
}

void rpc_responder_state::answer_stored(const std::string& reply, const std::string& request_id,
                                        const snapshot_ptr& from, std::size_t count) {
  ++open;
  self->request(payloads, caf::infinite, park_atom_v, from, std::uint64_t{count})
      .then(
          [this, reply, request_id](const std::string& token) {
            send(reply, token_reply(request_id, token));
            finished();
          },
          [this, reply, request_id](const caf::error& why) {
            const auto sentence =
                "The answer is larger than NATS allows and cannot be stored in Redis: "
                + reason_of(why);
            send(reply, sentence_reply(request_id, sentence, 503));
            finished();
          });
}

void rpc_responder_state::refuse_all(const batch& requests, const caf::error& why) {
  spdlog::error("requests cannot be answered: {}", reason_of(why));
  for (const auto& asked : requests) {
    const auto request = read_rpc_envelope(asked.data);
    const auto* envelope = std::get_if<rpc_envelope>(&request);
    send(asked.reply,
         sentence_reply(envelope ? envelope->request_id : "null", no_store_sentence, 503));
  }
  finished();
}

void rpc_responder_state::send(const std::string& reply, std::string_view bytes) {
  if (auto problem = via->publish(reply, {}, bytes))
    spdlog::warn("a reply could not be published: {}", problem->reason);
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

rpc_responder_actor::behavior_type rpc_responder(rpc_responder_state::pointer self,
                                                 std::shared_ptr<request_inbox> inbox,
                                                 std::shared_ptr<bus> via, redis_store_actor store,
                                                 payload_store_actor payloads) {
  auto& state = self->state;
  state.inbox = std::move(inbox);
  state.via = std::move(via);
  state.store = std::move(store);
  state.payloads = std::move(payloads);
  return {
      [self](wake_atom) { self->state.wake(); },
      [self](drain_atom) { return self->state.drain(); },
  };
}

bus_handler take_requests(std::shared_ptr<request_inbox> inbox, std::shared_ptr<bus> via,
                          rpc_responder_actor responder) {
  auto here = std::make_shared<run_here>(responder.home_system());
  return [inbox = std::move(inbox), via = std::move(via), responder = std::move(responder),
          here = std::move(here)](const bus_message& message) {
    if (message.reply.empty())
      return; // nobody waits for an answer
    switch (inbox->push(message.reply, message.data, message.behind)) {
    case request_inbox::taken::first:
      here->send(responder, wake_atom_v);
      break;
    case request_inbox::taken::more:
      break;
    case request_inbox::taken::full:
      via->publish(std::string{message.reply}, {}, overloaded_reply(message.data));
      break;
    }
  };
}

} // namespace hawkeye
