#include "actors/nats_gateway.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/base/json.hpp"
#include "messages/base/text.hpp"
#include "messages/bridges/bridge_message.hpp"

namespace hawkeye {

namespace {

/// How often deadlines are checked; a request may wait that much longer than its timeout. One timer
/// serves all requests, because each timer of CAF wakes its clock thread, and a refresh would start
/// two timers per device.
constexpr caf::timespan deadline_step = std::chrono::milliseconds{10};

/// Sends a reply to the gateway. Runs on the connection's thread.
void hand_over(inline_executor& here, const nats_gateway_actor& gateway, std::size_t slot,
               const nats_message& message) {
  if (message.no_responders)
    return here.send(gateway, nobody_atom_v, std::uint64_t{slot});
  const auto id =
      whole_number<std::uint64_t>(message.subject.substr(message.subject.rfind('.') + 1));
  if (id)
    here.send(gateway, reply_atom_v, std::uint64_t{slot}, *id, make_payload(message.data));
}

} // namespace

/// A free slot, or a new one. Slots stay subscribed until the connection ends.
std::size_t nats_gateway_state::take_slot() {
  if (!free_slots.empty()) {
    const auto number = free_slots.back();
    free_slots.pop_back();
    return number;
  }
  const auto number = slots.size();
  slots.push_back({inbox + std::to_string(number) + '.', {}});
  const auto handler = [gateway = nats_gateway_actor{self}, number,
                        here = executor](const nats_message& message) {
    hand_over(*here, gateway, number, message);
  };
  if (auto problem = nats->subscribe(slots.back().inbox + "*", {}, handler))
    spdlog::error("replies of the bridges cannot be received: {}", problem->reason);
  return number;
}

caf::result<payload_ptr> nats_gateway_state::ask(const std::string& subject,
                                                 const std::string& body, caf::timespan within) {
  if (!nats->connected())
    return make_fault(fault::unavailable,
                      fmt::format("{}: NATS is not connected: {}", subject, nats->problem()));
  const auto id = ++last_id;
  const auto slot = take_slot();
  if (auto problem = nats->publish(subject, slots[slot].inbox + std::to_string(id),
                                   bridge_request(new_id(), body))) {
    free_slots.push_back(slot);
    return make_fault(fault::unavailable, subject + ": " + problem->reason);
  }
  const auto deadline = self->clock().now() + within;
  auto promise = self->make_response_promise<payload_ptr>();
  slots[slot].open = {id, promise, subject, deadline};
  watch_deadline(deadline);
  return promise;
}

bool nats_gateway_state::publish(const std::string& subject, const std::string& data) {
  std::optional<failure> problem = failure{"NATS is not connected"};
  const auto most = nats->max_payload();
  if (most && nats->connected())
    problem = nats->publish(subject, {}, data);
  unpublished.note(problem);
  return !problem || (most && data.size() > *most); // what is too large is never taken
}

nats_gateway_state::question nats_gateway_state::close(std::size_t slot) {
  free_slots.push_back(slot);
  return std::exchange(slots[slot].open, {});
}

void nats_gateway_state::answered(std::size_t slot, std::uint64_t id, const payload_ptr& reply) {
  const auto& open = slots[slot].open;
  if (id == 0 || open.id != id)
    return; // a late or repeated reply, or a forged one; only the first one counts
  if (is_stream_acknowledgement(reply->view()))
    return acknowledged(open.subject, *reply);
  close(slot).promise.deliver(reply);
}

void nats_gateway_state::nobody_answers(std::size_t slot) {
  if (slots[slot].open.id == 0)
    return;
  auto asked = close(slot);
  asked.promise.deliver(
      make_fault(fault::no_responders, asked.subject + ": nobody answers this subject"));
}

/// Logs the acknowledgement of a JetStream stream. The bridge's own reply is still to come.
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
  auto next = time_point::max();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].open.id == 0)
      continue;
    if (slots[i].open.deadline > now) {
      next = std::min(next, slots[i].open.deadline);
      continue;
    }
    auto late = close(i);
    late.promise.deliver(make_fault(fault::timed_out, late.subject + ": no reply in time"));
  }
  if (next != time_point::max())
    watch_deadline(next);
}

void nats_gateway_state::watch_deadline(time_point deadline) {
  const auto now = self->clock().now();
  const auto look = std::max(deadline, now + deadline_step);
  if (next_look <= look)
    return; // a tick is scheduled early enough
  next_look = look;
  self->delayed_send(self, look - now, tick_atom_v);
}

nats_gateway_actor::behavior_type nats_gateway(nats_gateway_state::pointer self,
                                               std::shared_ptr<nats_client> nats,
                                               std::function<std::string()> new_id, bool here) {
  auto& state = self->state;
  state.nats = std::move(nats);
  state.new_id = std::move(new_id);
  state.inbox = state.nats->new_inbox() + ".";
  state.executor = std::make_shared<inline_executor>(self->home_system(), here);
  return {
      [self](ask_atom, const std::string& subject, const std::string& body, caf::timespan within) {
        return self->state.ask(subject, body, within);
      },
      [self](publish_atom, const std::string& subject, const std::string& data) {
        return self->state.publish(subject, data);
      },
      [self](reply_atom, std::uint64_t slot, std::uint64_t id, const payload_ptr& reply) {
        self->state.answered(slot, id, reply);
      },
      [self](nobody_atom, std::uint64_t slot) { self->state.nobody_answers(slot); },
      [self](tick_atom) { self->state.expire(); },
  };
}

} // namespace hawkeye
