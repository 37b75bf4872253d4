// The desk's side that faces NATS: requests on our subjects, and questions of other instances.
#include <spdlog/spdlog.h>

#include "actors/operator_desk.hpp"
#include "messages/desk_request.hpp"
#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

constexpr std::size_t most_waiting = 256;

std::string_view text_of(const std::string& json_string) {
  return std::string_view{json_string}.substr(1, json_string.size() - 2);
}

} // namespace

void operator_desk_state::take(endpoint to, const std::string& reply, const std::string& data) {
  const auto arrived = self->clock().now();
  const auto read = read_desk_request(to, data);
  if (auto* refusal = std::get_if<rpc_refusal>(&read)) {
    std::string body;
    append_json_string(body, refusal->sentence);
    return answer(to, reply, std::string{refusal->request_id}, arrived, {400, body});
  }
  const auto& asked = std::get<desk_request>(read);
  const auto& id = asked.request_id;
  if (to == endpoint::status)
    return asked.history ? take_history(reply, id, arrived) : take_status(reply, id, arrived);
  const auto done = [=, this](const desk_answer_ptr& x) {
    answer(to, reply, id, arrived, *x);
  };
  const auto failed = [=, this](const caf::error& why) {
    spdlog::error("the desk cannot answer: {}", reason_of(why));
    answer(to, reply, id, arrived, {500, R"("Internal error")"});
  };
  const operator_desk_actor desk{self};
  if (to == endpoint::refresh)
    self->request(desk, caf::infinite, refresh_atom_v, asked.serial_number).then(done, failed);
  else
    self->request(desk, caf::infinite, explain_atom_v, asked.serial_number).then(done, failed);
}

void operator_desk_state::take_status(const std::string& reply, const std::string& id,
                                      time_point arrived) {
  self->request(operator_desk_actor{self}, caf::infinite, status_atom_v)
      .then(
          [=, this](const service_status_ptr& x) {
            answer(endpoint::status, reply, id, arrived, {200, write_status(*x)});
          },
          [=, this](const caf::error&) {
            answer(endpoint::status, reply, id, arrived, {500, R"("Internal error")"});
          });
}

void operator_desk_state::take_history(const std::string& reply, const std::string& id,
                                       time_point arrived) {
  self->request(operator_desk_actor{self}, caf::infinite, history_atom_v)
      .then(
          [=, this](const desk_answer_ptr& x) {
            const bool good = x->status == 200;
            answer(endpoint::status, reply, id, arrived,
                   {x->status, good ? R"({"refreshes":)" + x->body + '}' : x->body});
          },
          [=, this](const caf::error&) {
            answer(endpoint::status, reply, id, arrived, {500, R"("Internal error")"});
          });
}

void operator_desk_state::answer(endpoint to, const std::string& reply, const std::string& id,
                                 time_point arrived, const desk_answer& what) {
  --*waiting;
  auto status = what.status;
  auto body = what.body;
  auto bytes = json_reply(id, body, status);
  if (const auto most = ask.via->max_payload(); most && bytes.size() > *most) {
    status = 503;
    body = R"("The answer is larger than NATS allows")";
    bytes = json_reply(id, body, status);
  }
  const auto problem = status < 400 ? ask.via->publish(reply, {}, bytes)
                                    : ask.via->refuse(reply, bytes, status, text_of(body));
  if (problem)
    spdlog::warn("a reply could not be published: {}", problem->reason);
  ask.peers.meter->answered(to, status, self->clock().now() - arrived,
                            status < 400 ? std::string_view{} : text_of(body));
}

/// Every instance hears the question; the one that holds the lease answers.
void operator_desk_state::take_from_peer(const std::string& reply, const std::string& data) {
  self->request(ask.lease, caf::infinite, lease_atom_v)
      .then([this, reply, data](lease_state lease) { answer_peer(lease, reply, data); },
            [](const caf::error&) {});
}

void operator_desk_state::answer_peer(lease_state lease, const std::string& reply,
                                      const std::string& data) {
  if (lease != lease_state::ours)
    return;
  const auto read = read_desk_request(endpoint::refresh, data);
  const auto* asked = std::get_if<desk_request>(&read);
  if (!asked)
    return;
  const auto send = [this, reply](const std::string& body, int status) {
    ask.via->publish(reply, {}, json_reply("null", body, status));
  };
  const operator_desk_actor desk{self};
  if (data.find(R"("ask":"status")") != std::string::npos)
    self->request(desk, caf::infinite, status_atom_v)
        .then([send](const service_status_ptr& x) { send(write_progress(*x), 200); },
              [](const caf::error&) {});
  else
    self->request(desk, caf::infinite, refresh_atom_v, asked->serial_number)
        .then([send](const desk_answer_ptr& x) { send(x->body, x->status); },
              [](const caf::error&) {});
}

bus_handler take_desk_requests(endpoint to, operator_desk_actor desk, std::shared_ptr<bus> via,
                               std::shared_ptr<meters> meter,
                               std::shared_ptr<std::atomic<std::size_t>> waiting) {
  return [=](const bus_message& message) {
    if (message.reply.empty())
      return meter->dropped();
    if (++*waiting <= most_waiting)
      return caf::anon_send(desk, wake_atom_v, static_cast<std::uint8_t>(to),
                            std::string{message.reply}, std::string{message.data});
    --*waiting;
    via->refuse(std::string{message.reply}, sentence_reply("null", overloaded_sentence, 503), 503,
                overloaded_sentence);
    meter->answered(to, 503, {}, overloaded_sentence);
  };
}

} // namespace hawkeye
