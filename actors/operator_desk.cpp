#include "actors/operator_desk.hpp"

#include <spdlog/spdlog.h>

#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

/// An actor of this process that does not answer within this is stuck.
constexpr caf::timespan patience = std::chrono::seconds{1};
/// Redis may have to be asked.
constexpr caf::timespan record_patience = std::chrono::seconds{15};
constexpr caf::timespan peer_patience = std::chrono::seconds{2};
constexpr caf::timespan peer_glance = std::chrono::milliseconds{500};

constexpr const char* served_only =
    R"(,"served":true,"outcome":null,"rule":"in: the restored snapshot has it; )"
    R"(what its refresh found out is not known"})";

desk_answer_ptr make_answer(int status, std::string body) {
  return std::make_shared<const desk_answer>(desk_answer{status, std::move(body)});
}

desk_answer_ptr sentence(int status, std::string_view text) {
  std::string body;
  append_json_string(body, text);
  return make_answer(status, std::move(body));
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
          [this, into, put](const T& part) {
            put(into->status, part);
            arrived(into);
          },
          [this, into, who](const caf::error&) {
            into->status.silent.emplace_back(who);
            arrived(into);
          });
}

caf::result<service_status_ptr> operator_desk_state::gather() {
  auto x = std::make_shared<gathering>();
  x->promise = self->make_response_promise<service_status_ptr>();
  auto& s = x->status = known;
  s.now = wall_clock();
  s.nats_trouble = ask.via->connected() ? "" : ask.via->trouble();
  s.nats_reconnects = ask.via->reconnects();
  s.pending = ask.inbox->waiting() + *waiting;
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
  return x->promise;
}

/// The last part asks the instance that refreshes, where that is another one.
void operator_desk_state::arrived(const gathering_ptr& x) {
  if (--x->open > 0)
    return;
  if (x->status.lease != "another" || std::exchange(x->leader_asked, true))
    x->promise.deliver(std::make_shared<const service_status>(std::move(x->status)));
  else
    ask_leader(x);
}

void operator_desk_state::ask_leader(const gathering_ptr& x) {
  ++x->open;
  ask_bridge(self, ask.peers, leader_subject, R"({"ask":"status"})", peer_glance,
             [this, x](const fallible<json_slice>& said) {
               if (auto* progress = std::get_if<json_slice>(&said))
                 x->status.leader = progress->text;
               arrived(x);
             });
}

// -- refresh -------------------------------------------------------------------------------------

caf::result<desk_answer_ptr> operator_desk_state::refresh(const std::string& serial_number) {
  auto promise = self->make_response_promise<desk_answer_ptr>();
  self->request(ask.lease, patience, lease_atom_v)
      .then([this, serial_number,
             promise](lease_state lease) { refresh_where(lease, serial_number, promise); },
            [this, serial_number, promise](const caf::error&) {
              refresh_where(lease_state::redis_away, serial_number, promise);
            });
  return promise;
}

void operator_desk_state::refresh_where(lease_state lease, const std::string& serial_number,
                                        answer_promise promise) {
  if (lease != lease_state::another)
    return refresh_here(serial_number, promise);
  std::string body = R"({"ask":"refresh","serial_number":)";
  if (serial_number.empty())
    body += "null";
  else
    append_json_string(body, serial_number);
  ask_bridge(self, ask.peers, leader_subject, body + '}', peer_patience,
             [promise](const fallible<json_slice>& said) mutable {
               if (auto* state = std::get_if<json_slice>(&said))
                 promise.deliver(make_answer(202, std::string{state->text}));
               else
                 promise.deliver(sentence(
                     503, "Another instance holds the lease to refresh, and does not answer: "
                              + std::get<failure>(said).reason
                              + ". Its lease lapses within seconds, try again then"));
             });
}

void operator_desk_state::refresh_here(const std::string& serial_number, answer_promise promise) {
  self->request(ask.scheduler, patience, refresh_atom_v, serial_number)
      .then(
          [promise](refresh_state state) mutable {
            promise.deliver(make_answer(202, state == refresh_state::started
                                                 ? R"({"state":"started"})"
                                                 : R"({"state":"running"})"));
          },
          [promise](const caf::error& why) mutable {
            promise.deliver(sentence(503, "The scheduler does not answer: " + reason_of(why)));
          });
}

// -- explain and history -------------------------------------------------------------------------

caf::result<desk_answer_ptr> operator_desk_state::explain(const std::string& serial_number) {
  auto promise = self->make_response_promise<desk_answer_ptr>();
  self->request(ask.records, record_patience, journal_atom_v)
      .then(
          [this, serial_number, promise](const device_journal_ptr& journal) mutable {
            auto record = journal ? journal->find(serial_number) : std::nullopt;
            if (record)
              promise.deliver(make_answer(200, std::move(*record)));
            else
              explain_served(serial_number, promise);
          },
          [this, serial_number, promise](const caf::error&) {
            explain_served(serial_number, promise);
          });
  return promise;
}

/// Without a record: it may be served all the same, from a snapshot whose journal is lost.
void operator_desk_state::explain_served(const std::string& serial_number, answer_promise promise) {
  std::string device = R"({"serial_number":)";
  append_json_string(device, serial_number);
  self->request(ask.store, patience, snapshot_atom_v)
      .then(
          [serial_number, device, promise](const snapshot_ptr& current) mutable {
            const bool served =
                current && current->array().find(device + ',') != std::string_view::npos;
            promise.deliver(served ? make_answer(200, device + served_only)
                                   : sentence(404, "Nothing is known of serial number "
                                                       + printable(serial_number, 60)
                                                       + ": Hawkeye did not list it in the last "
                                                         "refresh, nor in the week before"));
          },
          [promise](const caf::error& why) mutable {
            promise.deliver(sentence(503, "The store does not answer: " + reason_of(why)));
          });
}

caf::result<desk_answer_ptr> operator_desk_state::history() {
  auto promise = self->make_response_promise<desk_answer_ptr>();
  self->request(ask.records, record_patience, history_atom_v)
      .then(
          [promise](const payload_list& reports) mutable {
            std::string list = "[";
            for (const auto& report : reports)
              if (is_valid_json(report)) // another program may have written there
                list += (list.size() > 1 ? "," : "") + report;
            promise.deliver(make_answer(200, list + ']'));
          },
          [promise](const caf::error& why) mutable {
            promise.deliver(sentence(503, "The history cannot be read: " + reason_of(why)));
          });
  return promise;
}

operator_desk_actor::behavior_type operator_desk(operator_desk_state::pointer self,
                                                 desk_sources ask, const settings& with,
                                                 std::string instance,
                                                 std::shared_ptr<std::atomic<std::size_t>> waiting,
                                                 const environment& world) {
  auto& state = self->state;
  state.ask = std::move(ask);
  state.waiting = std::move(waiting);
  state.wall_clock = world.wall_clock;
  state.leader_subject = with.nats.sibling("leader");
  auto& known = state.known;
  known.name = with.service.name;
  known.environment = with.service.environment;
  known.instance = std::move(instance);
  known.interval = with.refresh.interval;
  known.started = world.wall_clock();
  known.build = {PROJECT_VERSION, __VERSION__, std::to_string(CAF_VERSION)};
  return {
      [self](status_atom) { return self->state.gather(); },
      [self](refresh_atom, const std::string& serial) { return self->state.refresh(serial); },
      [self](explain_atom, const std::string& serial) { return self->state.explain(serial); },
      [self](history_atom) { return self->state.history(); },
      [self](wake_atom, std::uint8_t to, const std::string& reply, const std::string& data) {
        self->state.take(static_cast<endpoint>(to), reply, data);
      },
      [self](leader_atom, const std::string& reply, const std::string& data) {
        self->state.take_from_peer(reply, data);
      },
      [self](reload_atom, const settings_ptr& next) {
        self->state.known.interval = next->refresh.interval;
      },
  };
}

} // namespace hawkeye
