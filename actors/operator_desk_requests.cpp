// The desk's side that faces NATS: requests on our subjects, and questions of other instances.
#include <utility>

#include "actors/operator_desk.hpp"
#include "messages/desk_request.hpp"
#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

/// Bytes of a reply beside its request id and body: `json_reply` writes fewer.
constexpr std::size_t frame = 64;

std::string reply_bytes(std::string_view request_id, const desk_answer& what) {
  return what.status < 400 ? json_reply(request_id, what.text, what.status)
                           : sentence_reply(request_id, what.text, what.status);
}

} // namespace

void operator_desk_state::take(endpoint to, const std::string& reply, const std::string& data) {
  const auto arrived = self->clock().now();
  const auto read = read_desk_request(to, data);
  if (auto* refusal = std::get_if<rpc_refusal>(&read)) {
    if (refusal->over)
      ask.meter->over(*refusal->over);
    return answer(to, reply, std::string{refusal->request_id}, arrived, {400, refusal->sentence});
  }
  const auto& asked = std::get<desk_request>(read);
  const auto most = ask.via->max_payload().value_or(0);
  const auto around = asked.request_id.size() + frame;
  auto then = [=, this, id = asked.request_id](const desk_answer& x) {
    answer(to, reply, id, arrived, x);
  };
  if (to == endpoint::refresh)
    refresh(asked.serial_number, std::move(then));
  else if (to == endpoint::explain)
    explain(asked.serial_number, std::move(then));
  else if (asked.history)
    history(most > around ? most - around : 0, std::move(then));
  else
    overview(std::move(then));
}

void operator_desk_state::answer(endpoint to, const std::string& reply, const std::string& id,
                                 time_point arrived, const desk_answer& what) {
  static const desk_answer too_large{503, "The answer is larger than NATS allows"};
  const auto* said = &what;
  auto bytes = reply_bytes(id, what);
  if (const auto most = ask.via->max_payload(); most && bytes.size() > *most)
    said = &too_large, bytes = reply_bytes(id, too_large);
  const bool good = said->status < 400;
  unpublished.note(good ? ask.via->publish(reply, {}, bytes)
                        : ask.via->refuse(reply, bytes, said->status, said->text));
  ask.meter->answered(to, said->status, self->clock().now() - arrived,
                      good ? std::string_view{} : said->text);
  one_less_waits();
}

void operator_desk_state::one_less_waits() {
  if (--*waiting == 0)
    for (auto& promise : std::exchange(draining, {}))
      promise.deliver(true);
}

caf::result<bool> operator_desk_state::drain() {
  if (*waiting == 0)
    return true;
  draining.push_back(self->make_response_promise<bool>());
  return draining.back();
}

/// Every instance hears the question; the one that holds the lease answers.
void operator_desk_state::take_from_peer(const std::string& reply, const std::string& data) {
  self->request(ask.lease, patience, lease_atom_v)
      .then(
          [this, reply, data](lease_state lease) {
            if (lease == lease_state::ours)
              answer_peer(reply, data);
            one_less_waits();
          },
          [this](const caf::error&) { one_less_waits(); });
}

void operator_desk_state::answer_peer(const std::string& reply, const std::string& data) {
  const auto read = read_desk_request(endpoint::refresh, data);
  const auto* asked = std::get_if<desk_request>(&read);
  if (!asked)
    return;
  const auto send = [this, reply](const desk_answer& x) {
    ask.via->publish(reply, {}, reply_bytes("null", x));
  };
  if (asked->leader_status)
    gather([send](const service_status& x) { send({200, write_leader_view(x)}); });
  else
    refresh_here(asked->serial_number, send);
}

bus_handler take_desk_requests(endpoint to, operator_desk_actor desk, std::shared_ptr<bus> via,
                               std::shared_ptr<meters> meter,
                               std::shared_ptr<std::atomic<std::size_t>> waiting) {
  const auto refuse = [=](const bus_message& message, int status, std::string_view sentence) {
    const auto read = read_rpc_envelope(message.data);
    const auto* envelope = std::get_if<rpc_envelope>(&read);
    via->refuse(std::string{message.reply},
                sentence_reply(envelope ? envelope->request_id : "null", sentence, status), status,
                sentence);
    meter->answered(to, status, {}, sentence);
  };
  return [=](const bus_message& message) {
    if (message.reply.empty())
      return meter->dropped();
    if (message.data.size() > max_desk_request_bytes) {
      meter->over(limit::request_bytes);
      return refuse(message, 400, "The request is longer than 64 kB");
    }
    if (++*waiting <= max_desk_requests)
      return caf::anon_send(desk, wake_atom_v, to, std::string{message.reply},
                            std::string{message.data});
    --*waiting;
    meter->shed();
    meter->over(limit::desk_requests);
    refuse(message, 503, overloaded_sentence);
  };
}

bus_handler take_peer_requests(operator_desk_actor desk, std::shared_ptr<meters> meter,
                               std::shared_ptr<std::atomic<std::size_t>> waiting) {
  return [=](const bus_message& message) {
    if (message.reply.empty() || message.data.size() > max_desk_request_bytes)
      return;
    if (++*waiting <= max_desk_requests)
      return caf::anon_send(desk, leader_atom_v, std::string{message.reply},
                            std::string{message.data});
    --*waiting; // the other instance asks again
    meter->over(limit::desk_requests);
  };
}

} // namespace hawkeye
