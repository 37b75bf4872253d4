#include "actors/operator_desk.hpp"

#include <limits>

#include <spdlog/spdlog.h>

#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

/// The record keeper may have to ask Redis.
constexpr caf::timespan record_patience = std::chrono::seconds{15};
constexpr caf::timespan peer_patience = std::chrono::seconds{2};
constexpr caf::timespan peer_glance = std::chrono::milliseconds{500};

desk_answer unanswered(const char* who, const caf::error& why) {
  return {503, std::string{who} + " does not answer: " + reason_of(why)};
}

std::string to_string(lease_state x) {
  switch (x) {
  case lease_state::ours:
    return "ours";
  case lease_state::another:
    return "another";
  case lease_state::redis_away:
    return "redis_away";
  default:
    return "undecided";
  }
}

} // namespace

// -- status --------------------------------------------------------------------------------------

template <class T, class Handle, class Atom, class Put>
void operator_desk_state::ask_part(const gathering_ptr& into, const char* who, const Handle& whom,
                                   Atom what, Put put) {
  ++into->open;
  self->request(whom, patience, what)
      .then(
          [into, put](const T& part) {
            put(into->status, part);
            arrived(into);
          },
          [into, who](const caf::error&) {
            into->status.silent.emplace_back(who);
            arrived(into);
          });
}

void operator_desk_state::gather(then_status then) {
  auto x = std::make_shared<gathering>();
  x->then = std::move(then);
  auto& s = x->status = known;
  s.now = wall_clock();
  s.nats_trouble = ask.via->trouble();
  s.nats_reconnects = ask.via->reconnects();
  s.pending = ask.inbox->waiting() + *waiting;
  s.calls = calls();
  ask_part<bool>(x, "rpc_responder", ask.responder, ping_atom_v, [](auto&, bool) {});
  ask_part<snapshot_ptr>(x, "redis_store", ask.store, snapshot_atom_v,
                         [](auto& to, const auto& part) { to.snapshot = part; });
  ask_part<std::string>(x, "redis_store", ask.store, ping_atom_v,
                        [](auto& to, const auto& part) { to.redis_trouble = part; });
  ask_part<std::string>(x, "payload_store", ask.payloads, ping_atom_v,
                        [](auto& to, const auto& part) { to.payload_trouble = part; });
  ask_part<refresh_progress>(x, "refresh_scheduler", ask.scheduler, status_atom_v,
                             [](auto& to, const auto& part) { to.refresh = part; });
  ask_part<resolver_progress>(x, "bruin_resolver_pool", ask.pool, status_atom_v,
                              [](auto& to, const auto& part) { to.resolver = part; });
  ask_part<lease_state>(x, "lease_keeper", ask.lease, lease_atom_v,
                        [](auto& to, const auto& part) { to.lease = to_string(part); });
}

void operator_desk_state::arrived(const gathering_ptr& x) {
  if (--x->open == 0)
    x->then(std::move(x->status));
}

last_calls operator_desk_state::calls() const {
  return {ask.meter->last_call(bridges.hawkeye), ask.meter->last_call(bridges.client_info),
          ask.meter->last_call(bridges.management_status)};
}

/// Of refreshes the instance is asked that makes them.
void operator_desk_state::overview(then_answer then) {
  gather([this, then = std::move(then)](service_status x) {
    if (x.lease != "another")
      return then({200, write_status(x)});
    ask_bridge(self, ask.peers, leader_subject, R"({"ask":"status"})", peer_glance,
               [x = std::move(x), then](const fallible<json_slice>& said) mutable {
                 if (auto* view = std::get_if<json_slice>(&said))
                   x.leader = read_leader_view(view->text);
                 x.leader_silent = !x.leader;
                 then({200, write_status(x)});
               });
  });
}

// -- refresh -------------------------------------------------------------------------------------

void operator_desk_state::refresh(const std::string& serial_number, then_answer then) {
  self->request(ask.lease, patience, lease_atom_v)
      .then([=, this](lease_state lease) { refresh_where(lease, serial_number, then); },
            [=, this](const caf::error&) {
              refresh_where(lease_state::redis_away, serial_number, then);
            });
}

void operator_desk_state::refresh_where(lease_state lease, const std::string& serial_number,
                                        then_answer then) {
  if (lease != lease_state::another)
    return refresh_here(serial_number, std::move(then));
  std::string body = R"({"ask":"refresh","serial_number":)";
  if (serial_number.empty())
    body += "null";
  else
    append_json_string(body, serial_number);
  ask_bridge(self, ask.peers, leader_subject, body + '}', peer_patience,
             [then = std::move(then)](const fallible<json_slice>& said) {
               if (auto* state = std::get_if<json_slice>(&said))
                 return then({202, std::string{state->text}});
               then({503, "Another instance holds the lease to refresh, and does not answer: "
                              + std::get<failure>(said).reason
                              + ". Its lease lapses within seconds, try again then"});
             });
}

void operator_desk_state::refresh_here(const std::string& serial_number, then_answer then) {
  self->request(ask.scheduler, patience, refresh_atom_v, serial_number)
      .then(
          [then](refresh_state state) {
            then({202, state == refresh_state::started ? R"({"state":"started"})"
                                                       : R"({"state":"running"})"});
          },
          [then](const caf::error& why) { then(unanswered("The scheduler", why)); });
}

// -- explain and history -------------------------------------------------------------------------

void operator_desk_state::explain(const std::string& serial_number, then_answer then) {
  self->request(ask.records, record_patience, journal_atom_v)
      .then(
          [=, this](const device_journal_ptr& journal) {
            if (auto record = journal ? journal->find(serial_number) : std::nullopt)
              return then({200, std::move(*record)});
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

/// Without a record: it may be served all the same, from a snapshot whose journal is lost.
void operator_desk_state::explain_served(const std::string& serial_number, desk_answer otherwise,
                                         then_answer then) {
  self->request(ask.store, patience, snapshot_atom_v)
      .then(
          [=](const snapshot_ptr& current) {
            auto record = current ? served_record(*current, serial_number) : std::nullopt;
            then(record ? desk_answer{200, std::move(*record)} : otherwise);
          },
          [then](const caf::error& why) { then(unanswered("The store", why)); });
}

void operator_desk_state::history(std::size_t most, then_answer then) {
  self->request(ask.records, record_patience, history_atom_v)
      .then(
          [=](const payload_list& reports) {
            then({200, write_history(reports, most)});
          },
          [then](const caf::error& why) { then(unanswered("The record keeper", why)); });
}

// -- the actor -----------------------------------------------------------------------------------

namespace {

/// Hands the answer to whoever sent the message that is being handled.
template <class Ask>
caf::result<desk_answer_ptr> promised(operator_desk_state::pointer self, Ask ask) {
  auto promise = self->make_response_promise<desk_answer_ptr>();
  ask([promise](const desk_answer& x) mutable {
    promise.deliver(desk_answer_ptr{std::make_shared<const desk_answer>(x)});
  });
  return promise;
}

void know(operator_desk_state& state, const settings& with, std::string instance, moment now) {
  state.leader_subject = with.nats.sibling("leader");
  state.bridges = {with.hawkeye.subject, with.bruin.client_info_subject,
                   with.bruin.management_status_subject};
  auto& known = state.known;
  known.name = with.service.name;
  known.environment = with.service.environment;
  known.instance = std::move(instance);
  known.interval = with.refresh.interval;
  known.started = now;
  known.build = {PROJECT_VERSION, __VERSION__, std::to_string(CAF_VERSION)};
}

} // namespace

operator_desk_actor::behavior_type operator_desk(operator_desk_state::pointer self,
                                                 desk_sources ask, const settings& with,
                                                 std::string instance,
                                                 std::shared_ptr<std::atomic<std::size_t>> waiting,
                                                 const environment& world) {
  auto& state = self->state;
  state.ask = std::move(ask);
  state.waiting = std::move(waiting);
  state.wall_clock = world.wall_clock;
  know(state, with, std::move(instance), world.wall_clock());
  return {
      [self](status_atom) -> caf::result<service_status_ptr> {
        auto promise = self->make_response_promise<service_status_ptr>();
        self->state.gather([promise](service_status x) mutable {
          promise.deliver(service_status_ptr{std::make_shared<const service_status>(std::move(x))});
        });
        return promise;
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

} // namespace hawkeye
