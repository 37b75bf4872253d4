#include "actors/nats_gateway.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/nats/inline_executor.hpp"
#include "messages/base/json.hpp"
#include "messages/base/text.hpp"
#include "messages/bridges/bridge_message.hpp"

namespace hawkeye {

namespace {

/// Deadlines are looked at this often: a question may wait that much longer than asked. One timer
/// for all of them, because each timer of CAF wakes its clock thread, twice for every device of a
/// refresh.
constexpr caf::timespan deadline_step = std::chrono::milliseconds{10};

/// Runs on the connection's thread.
void hand_over(inline_executor& here, const nats_gateway_actor& gateway, std::size_t prefix,
               const nats_message& message) {
  const auto id =
      whole_number<std::uint64_t>(message.subject.substr(std::min(prefix, message.subject.size())));
  if (!id)
    return; // not one of our reply subjects
  here.send(gateway, reply_atom_v, *id,
            message.no_responders ? payload_ptr{} : make_payload(message.data));
}

} // namespace

caf::result<payload_ptr> nats_gateway_state::ask(const std::string& subject,
                                                 const std::string& body, caf::timespan within) {
  // nats.c would buffer the question and send it on reconnect: long after anyone counts on it.
  if (!via->connected())
    return make_fault(fault::unavailable,
                      fmt::format("{}: NATS is not connected: {}", subject, via->problem()));
  const auto id = ++last_id;
  if (auto problem =
          via->publish(subject, inbox + std::to_string(id), bridge_request(new_id(), body)))
    return make_fault(fault::unavailable, subject + ": " + problem->reason);
  const auto deadline = self->clock().now() + within;
  auto promise = self->make_response_promise<payload_ptr>();
  open.emplace(id, question{promise, subject, deadline});
  deadlines.emplace(deadline, id);
  watch_deadlines();
  return promise;
}

bool nats_gateway_state::publish(const std::string& subject, const std::string& data) {
  std::optional<failure> problem = failure{"NATS is not connected"};
  if (via->connected())
    problem = via->publish(subject, {}, data);
  unpublished.note(problem);
  return !problem;
}

void nats_gateway_state::answered(std::uint64_t id, const payload_ptr& reply) {
  auto found = open.find(id);
  if (found == open.end())
    return; // late or twice: the first reply counted
  if (reply && is_stream_acknowledgement(reply->view()))
    return acknowledged(found->second.subject, *reply);
  auto asked = std::move(found->second);
  open.erase(found);
  deadlines.erase({asked.deadline, id});
  if (reply)
    asked.promise.deliver(reply);
  else
    asked.promise.deliver(
        make_fault(fault::no_responders, asked.subject + ": nobody answers this subject"));
}

/// The bridge's own reply comes yet.
void nats_gateway_state::acknowledged(const std::string& subject, const payload& by) {
  if (acknowledgements.should_log())
    spdlog::warn("a JetStream stream acknowledges what is asked on {}: ignored ({} times by now); "
                 "take the subject out of the stream: {}",
                 subject, acknowledgements.count(), printable(by.view()));
}

void nats_gateway_state::expire() {
  const auto now = self->clock().now();
  if (now >= next_look)
    next_look = time_point::max();
  while (!deadlines.empty() && deadlines.begin()->first <= now) {
    const auto id = deadlines.begin()->second;
    deadlines.erase(deadlines.begin());
    auto asked = std::move(open.at(id));
    open.erase(id);
    asked.promise.deliver(make_fault(fault::timed_out, asked.subject + ": no reply in time"));
  }
  watch_deadlines();
}

void nats_gateway_state::watch_deadlines() {
  if (deadlines.empty())
    return;
  const auto now = self->clock().now();
  const auto look = std::max(deadlines.begin()->first, now + deadline_step);
  if (next_look <= look)
    return; // a tick comes early enough
  next_look = look;
  self->delayed_send(self, look - now, tick_atom_v);
}

nats_gateway_actor::behavior_type nats_gateway(nats_gateway_state::pointer self,
                                               std::shared_ptr<nats_client> via,
                                               std::function<std::string()> new_id, bool here) {
  auto& state = self->state;
  state.via = std::move(via);
  state.new_id = std::move(new_id);
  state.inbox = state.via->new_inbox() + ".";
  const auto handler = [gateway = nats_gateway_actor{self}, prefix = state.inbox.size(),
                        unit = std::make_shared<inline_executor>(self->home_system(), here)](
                           const nats_message& message) {
    hand_over(*unit, gateway, prefix, message);
  };
  if (auto problem = state.via->subscribe(state.inbox + "*", {}, handler))
    spdlog::error("replies of the bridges cannot be received: {}", problem->reason);
  return {
      [self](ask_atom, const std::string& subject, const std::string& body, caf::timespan within) {
        return self->state.ask(subject, body, within);
      },
      [self](publish_atom, const std::string& subject, const std::string& data) {
        return self->state.publish(subject, data);
      },
      [self](reply_atom, std::uint64_t id, const payload_ptr& reply) {
        self->state.answered(id, reply);
      },
      [self](tick_atom) { self->state.expire(); },
  };
}

} // namespace hawkeye
