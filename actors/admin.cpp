#include "actors/admin.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "messages/admin/health.hpp"
#include "messages/base/json_writer.hpp"
#include "messages/history/device_words.hpp"

namespace hawkeye {

namespace {

/// The refresh history may have to ask Redis.
constexpr caf::timespan record_timeout = std::chrono::seconds{15};
constexpr caf::timespan peer_timeout = std::chrono::seconds{2};
constexpr caf::timespan peer_status_timeout = std::chrono::milliseconds{500};

admin_reply unanswered(const char* who, const caf::error& why) {
  return {503, std::string{who} + " does not answer: " + reason_of(why)};
}

} // namespace

// -- status --------------------------------------------------------------------------------------

template <class T, class Handle, class Atom, class Put>
void admin_state::ask_part(const gathering_ptr& gathered, const char* who, const Handle& actor,
                           Atom request, Put put) {
  ++gathered->open;
  self->request(actor, timeout_limit, request)
      .then(
          [gathered, put](const T& part) {
            put(gathered->status, part);
            arrived(gathered);
          },
          [gathered, who](const caf::error&) {
            auto& silent = gathered->status.silent;
            if (std::find(silent.begin(), silent.end(), who) == silent.end())
              silent.emplace_back(who);
            arrived(gathered);
          });
}

void admin_state::gather(then_status then) {
  auto x = std::make_shared<gathering>();
  x->then = std::move(then);
  auto& s = x->status = known;
  s.now = wall_clock();
  s.nats_connected = ask.nats->connected();
  s.receives_requests = ask.nats->receives(rpc_subject);
  s.nats_problem = ask.nats->problem();
  if (s.nats_problem.empty() && !s.nats_connected)
    s.nats_problem = "not connected";
  s.nats_reconnects = ask.nats->reconnects();
  s.pending = ask.inbox->waiting() + *waiting;
  s.calls = {ask.metrics->last_call(hawkeye_subject), ask.metrics->last_call(client_info_subject),
             ask.metrics->last_call(management_status_subject)};
  ask_part<bool>(x, "rpc_responder", ask.responder, ping_atom_v, [](auto&, bool) {});
  ask_part<snapshot_ptr>(x, "redis_store", ask.store, snapshot_atom_v,
                         [](auto& to, const auto& part) { to.snapshot = part; });
  ask_part<std::string>(x, "redis_store", ask.store, ping_atom_v, [](auto& to, const auto& part) {
    if (!part.empty())
      to.redis_problem = part;
  });
  ask_part<std::string>(x, "payload_store", ask.payloads, ping_atom_v,
                        [](auto& to, const auto& part) { to.payload_problem = part; });
  ask_part<refresh_progress>(x, "refresh_scheduler", ask.scheduler, status_atom_v,
                             [](auto& to, const auto& part) { to.refresh = part; });
  ask_part<resolver_progress>(x, "bruin_resolver_pool", ask.pool, status_atom_v,
                              [](auto& to, const auto& part) { to.resolver = part; });
  ask_part<lease_state>(x, "lease_keeper", ask.lease, lease_atom_v,
                        [](auto& to, const auto& part) { to.lease = part; });
  // The store notices that Redis refuses writes only when it has something to write; the lease
  // keeper notices it earlier.
  ask_part<std::string>(x, "lease_keeper", ask.lease, ping_atom_v, [](auto& to, const auto& part) {
    if (to.redis_problem.empty())
      to.redis_problem = part;
  });
  ask_part<bool>(x, "late_joiner", ask.joiner, status_atom_v,
                 [](auto& to, bool part) { to.joined = part; });
}

void admin_state::arrived(const gathering_ptr& x) {
  if (--x->open == 0)
    x->then(std::move(x->status));
}

/// The part about refreshes is requested from the instance that makes them.
void admin_state::overview(then_answer then) {
  gather([this, then = std::move(then)](service_status x) {
    if (x.lease != lease_state::another)
      return then({200, write_status(x)});
    ask_bridge(self, ask.peers, leader_subject, R"({"ask":"status"})", peer_status_timeout,
               [x = std::move(x), then](const expected<json_slice>& reply) mutable {
                 if (auto* view = value_of(reply))
                   x.leader = read_leader_view(view->text);
                 x.leader_silent = !x.leader;
                 then({200, write_status(x)});
               });
  });
}

// -- refresh -------------------------------------------------------------------------------------

void admin_state::refresh(const std::string& serial_number, then_answer then) {
  self->request(ask.lease, timeout_limit, lease_atom_v)
      .then([=, this](lease_state lease) { refresh_where(lease, serial_number, then); },
            [=, this](const caf::error&) {
              refresh_where(lease_state::redis_away, serial_number, then);
            });
}

void admin_state::refresh_where(lease_state lease, const std::string& serial_number,
                                then_answer then) {
  if (lease != lease_state::another)
    return refresh_here(serial_number, std::move(then));
  json_writer body;
  body.begin_object().member("ask", "refresh").text_or_null("serial_number", serial_number);
  ask_bridge(self, ask.peers, leader_subject, body.end_object().take(), peer_timeout,
             [then = std::move(then)](const expected<json_slice>& reply) {
               if (auto* state = value_of(reply))
                 return then({202, std::string{state->text}});
               then({503, "Another instance holds the lease to refresh, and does not answer: "
                              + reply.error().reason
                              + ". Its lease lapses within seconds, try again then"});
             });
}

void admin_state::refresh_here(const std::string& serial_number, then_answer then) {
  self->request(ask.scheduler, timeout_limit, refresh_atom_v, serial_number)
      .then(
          [then](refresh_state state) {
            then({202, state == refresh_state::started ? R"({"state":"started"})"
                                                       : R"({"state":"running"})"});
          },
          [then](const caf::error& why) { then(unanswered("The scheduler", why)); });
}

// -- explain and history -------------------------------------------------------------------------

void admin_state::explain(const std::string& serial_number, then_answer then) {
  self->request(ask.records, record_timeout, explained_atom_v)
      .then(
          [=, this](const device_explanations_ptr& explanations) {
            if (!explanations)
              return explain_served(
                  serial_number,
                  {503, "It is not known what refreshes found out: none has finished yet, or Redis "
                        "has lost it"},
                  then);
            if (auto record = explanations->find(serial_number))
              return add_words(serial_number, std::move(*record), then);
            explain_served(serial_number,
                           {404, "Nothing is known of serial number " + printable(serial_number, 60)
                                     + ": Hawkeye did not list it in the last refresh, nor in the "
                                       "week before"},
                           then);
          },
          [=, this](const caf::error& why) {
            explain_served(
                serial_number,
                {503, "What the last refresh found out stands in Redis: " + reason_of(why)}, then);
          });
}

/// Adds the last answers of the bridges about the device, which are part of the current snapshot.
void admin_state::add_words(const std::string& serial_number, std::string record,
                            then_answer then) {
  self->request(ask.store, timeout_limit, snapshot_atom_v)
      .then(
          [=](const snapshot_ptr& current) {
            then({200, current ? with_words(record, *current, serial_number) : record});
          },
          [=](const caf::error&) {
            then({200, record});
          });
}

/// A device without a record may still be served, from a snapshot whose explanations are lost.
void admin_state::explain_served(const std::string& serial_number, admin_reply otherwise,
                                 then_answer then) {
  self->request(ask.store, timeout_limit, snapshot_atom_v)
      .then(
          [=](const snapshot_ptr& current) {
            auto record = current ? served_record(*current, serial_number) : std::nullopt;
            then(record ? admin_reply{200, with_words(std::move(*record), *current, serial_number)}
                        : otherwise);
          },
          [then](const caf::error& why) { then(unanswered("The snapshot", why)); });
}

void admin_state::history(std::size_t most, then_answer then) {
  self->request(ask.records, record_timeout, history_atom_v)
      .then(
          [=](const payload_list& reports) {
            then({200, write_history(reports, most)});
          },
          [then](const caf::error& why) { then(unanswered("The history", why)); });
}

// -- the actor -----------------------------------------------------------------------------------

namespace {

/// Starts `ask` and returns a promise for its answer to the current message.
template <class T = admin_reply, class Ask>
caf::result<std::shared_ptr<const T>> promised(admin_state::pointer self, Ask ask) {
  auto promise = self->make_response_promise<std::shared_ptr<const T>>();
  ask([promise](T x) mutable {
    promise.deliver(std::shared_ptr<const T>{std::make_shared<const T>(std::move(x))});
  });
  return promise;
}

void set_constants(admin_state& state, const settings& settings, std::string instance,
                   timestamp now) {
  state.rpc_subject = settings.nats.subject;
  state.leader_subject = settings.nats.sibling("leader");
  state.hawkeye_subject = settings.hawkeye.subject;
  state.client_info_subject = settings.bruin.client_info_subject;
  state.management_status_subject = settings.bruin.management_status_subject;
  auto& known = state.known;
  known.name = settings.service.name;
  known.environment = settings.service.environment;
  known.instance = std::move(instance);
  known.interval = settings.refresh.interval;
  known.started = now;
  known.build = {PROJECT_VERSION, __VERSION__, std::to_string(CAF_VERSION)};
}

} // namespace

admin_actor::behavior_type admin(admin_state::pointer self, admin_dependencies ask,
                                 const settings& settings, std::string instance,
                                 std::shared_ptr<std::atomic<std::size_t>> waiting,
                                 const platform& world) {
  auto& state = self->state;
  state.ask = std::move(ask);
  state.waiting = std::move(waiting);
  state.wall_clock = world.wall_clock;
  set_constants(state, settings, std::move(instance), world.wall_clock());
  return {
      [self](status_atom) {
        return promised<service_status>(self,
                                        [&](auto then) { self->state.gather(std::move(then)); });
      },
      [self](overview_atom) {
        return promised(self, [&](auto then) { self->state.overview(std::move(then)); });
      },
      [self](refresh_atom, const std::string& serial) {
        return promised(self, [&](auto then) { self->state.refresh(serial, std::move(then)); });
      },
      [self](explain_atom, const std::string& serial) {
        return promised(self, [&](auto then) { self->state.explain(serial, std::move(then)); });
      },
      [self](history_atom) {
        constexpr auto any_size = std::numeric_limits<std::size_t>::max();
        return promised(self, [&](auto then) { self->state.history(any_size, std::move(then)); });
      },
      [self](wake_atom, endpoint to, const std::string& reply, const std::string& data) {
        self->state.take(to, reply, data);
      },
      [self](leader_atom, const std::string& reply, const std::string& data) {
        self->state.take_from_peer(reply, data);
      },
      [self](drain_atom) { return self->state.drain(); },
      [self](reload_atom, const settings_ptr& next) {
        self->state.known.interval = next->refresh.interval;
      },
  };
}

// -- over NATS: requests on our subjects, and requests of other instances

namespace {

/// Upper bound of a reply's bytes besides its request id and body, as `json_reply` writes it.
constexpr std::size_t frame = 64;

std::string reply_bytes(std::string_view request_id, const admin_reply& content) {
  return content.status < 400 ? json_reply(request_id, content.text, content.status)
                              : sentence_reply(request_id, content.text, content.status);
}

} // namespace

void admin_state::take(endpoint to, const std::string& reply, const std::string& data) {
  const auto arrived = self->clock().now();
  const auto asked = read_admin_request(to, data);
  if (!asked) {
    const auto& refusal = asked.error();
    if (refusal.over)
      ask.metrics->over(*refusal.over);
    return answer(to, reply, std::string{refusal.request_id}, arrived, {400, refusal.sentence});
  }
  const auto most = ask.nats->max_payload().value_or(0);
  const auto around = asked->request_id.size() + frame;
  auto then = [=, this, id = asked->request_id](const admin_reply& x) {
    answer(to, reply, id, arrived, x);
  };
  if (to == endpoint::refresh)
    refresh(asked->serial_number, std::move(then));
  else if (to == endpoint::explain)
    explain(asked->serial_number, std::move(then));
  else if (asked->history)
    history(most > around ? most - around : 0, std::move(then));
  else
    overview(std::move(then));
}

void admin_state::answer(endpoint to, const std::string& reply, const std::string& id,
                         time_point arrived, const admin_reply& content) {
  static const admin_reply too_large{503, "The answer is larger than NATS allows"};
  const auto* sent = &content;
  auto bytes = reply_bytes(id, content);
  if (const auto most = ask.nats->max_payload(); most && bytes.size() > *most)
    sent = &too_large, bytes = reply_bytes(id, too_large);
  const auto problem = is_service_error(sent->status)
                           ? ask.nats->refuse(reply, bytes, sent->status, sent->text)
                           : ask.nats->publish(reply, {}, bytes);
  unpublished.note(problem);
  if (problem)
    ask.metrics->dropped();
  else
    ask.metrics->answered(to, sent->status, self->clock().now() - arrived, sent->text);
  request_done();
}

void admin_state::request_done() {
  if (--*waiting == 0)
    for (auto& promise : std::exchange(draining, {}))
      promise.deliver(true);
}

caf::result<bool> admin_state::drain() {
  if (*waiting == 0)
    return true;
  draining.push_back(self->make_response_promise<bool>());
  return draining.back();
}

/// Sends a request to an actor for another instance's request, which is done after the reply.
template <class T, class Handle, class Then, class... Args>
void admin_state::ask_for_peer(const Handle& actor, Then then, Args... args) {
  self->request(actor, timeout_limit, args...)
      .then(
          [this, then](const T& part) {
            then(part);
            request_done();
          },
          [this](const caf::error&) { request_done(); });
}

/// Of instances that wait for each other to serve, none serves: only one that has joined answers.
void admin_state::answer_if_serving(const std::string& reply) {
  self->request(ask.joiner, timeout_limit, status_atom_v)
      .then(
          [this, reply](bool joined) {
            if (!joined)
              return request_done();
            ask_for_peer<snapshot_ptr>(
                ask.store,
                [this, reply](const snapshot_ptr& current) {
                  if (current)
                    answer_peer(reply, {200, fmt::format(R"({{"devices":{}}})", current->size())});
                },
                snapshot_atom_v);
          },
          [this](const caf::error&) { request_done(); });
}

/// Every instance receives the request. Usually the one that holds the lease answers; to some
/// requests those that serve or refresh answer.
void admin_state::take_from_peer(const std::string& reply, const std::string& data) {
  const auto request = read_admin_request(endpoint::refresh, data);
  if (!request)
    return request_done();
  if (request->serving)
    return answer_if_serving(reply);
  if (!request->instead_of.empty())
    return ask_for_peer<bool>(
        ask.lease,
        [this, reply](bool refreshes) {
          if (refreshes)
            answer_peer(reply, {200, "{}"});
        },
        leader_atom_v, request->instead_of, request->claims);
  ask_for_peer<lease_state>(
      ask.lease,
      [this, reply, asked = *request](lease_state lease) {
        if (lease == lease_state::ours)
          answer_as_leader(reply, asked);
      },
      lease_atom_v);
}

void admin_state::answer_as_leader(const std::string& reply, const admin_request& request) {
  if (request.leader_status)
    return gather([this, reply](const service_status& x) {
      answer_peer(reply, {200, write_leader_view(x)});
    });
  refresh_here(request.serial_number,
               [this, reply](const admin_reply& x) { answer_peer(reply, x); });
}

void admin_state::answer_peer(const std::string& reply, const admin_reply& content) {
  ask.nats->publish(reply, {}, reply_bytes("null", content));
}

nats_handler take_admin_requests(endpoint to, admin_actor admin, std::shared_ptr<nats_client> nats,
                                 std::shared_ptr<metrics_registry> metrics,
                                 std::shared_ptr<std::atomic<std::size_t>> waiting) {
  const auto refuse = [=](const nats_message& message, int status, std::string_view sentence) {
    const auto envelope = read_rpc_envelope(message.data);
    nats->refuse(std::string{message.reply},
                 sentence_reply(envelope ? envelope->request_id : "null", sentence, status), status,
                 sentence);
    metrics->answered(to, status, {}, sentence);
  };
  return [=](const nats_message& message) {
    if (message.reply.empty())
      return metrics->dropped();
    if (message.data.size() > max_admin_request_bytes) {
      metrics->over(limit::request_bytes);
      return refuse(message, 400, "The request is longer than 64 kB");
    }
    if (++*waiting <= max_admin_requests)
      return caf::anon_send(admin, wake_atom_v, to, std::string{message.reply},
                            std::string{message.data});
    --*waiting;
    metrics->shed();
    metrics->over(limit::admin_requests);
    refuse(message, 503, overloaded_sentence);
  };
}

nats_handler take_peer_requests(admin_actor admin, std::shared_ptr<metrics_registry> metrics,
                                std::shared_ptr<std::atomic<std::size_t>> waiting) {
  return [=](const nats_message& message) {
    if (message.reply.empty() || message.data.size() > max_admin_request_bytes)
      return;
    if (++*waiting <= max_admin_requests)
      return caf::anon_send(admin, leader_atom_v, std::string{message.reply},
                            std::string{message.data});
    --*waiting; // the other instance will repeat it
    metrics->over(limit::admin_requests);
  };
}

std::function<expected<std::string>()> watchdog_status(caf::actor_system& system,
                                                       admin_actor admin) {
  return [&system, admin = std::move(admin)] {
    // Longer than the admin actor waits for other actors (`admin_state::timeout_limit`), far
    // shorter than a sensible watchdog's period.
    constexpr caf::timespan limit = std::chrono::seconds{5};
    service_status seen;
    seen.silent = {"admin"};
    caf::scoped_actor self{system};
    self->request(admin, limit, status_atom_v)
        .receive([&](const service_status_ptr& x) { seen = *x; }, [](const caf::error&) {});
    return sign_of_life(seen);
  };
}

} // namespace hawkeye
