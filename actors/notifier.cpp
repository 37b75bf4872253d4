#include "actors/notifier.hpp"

#include <algorithm>
#include <utility>

#include "actors/redis_worker.hpp"
#include "messages/bridges/bridge_message.hpp"
#include "messages/bridges/notice.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye {

namespace {

constexpr std::int64_t repeat_after_s = 86'400; // a day
constexpr caf::timespan resend_interval = std::chrono::seconds{5};
/// An incident that affects at most so many devices more is not reported again.
constexpr std::uint64_t few_devices = 3;

/// One odd device may keep an incident open for days, which must not hide that half of the fleet is
/// affected now.
bool has_grown(std::uint64_t affected, std::uint64_t before) {
  return affected > before + few_devices && affected / 2 >= before;
}

} // namespace

/// The first notice that is not being processed. Incidents are also written when none waits.
std::deque<notice>::iterator notifier_state::first_idle() {
  return waiting.begin() + (busy && !waiting.empty() ? 1 : 0);
}

void notifier_state::add(notice x) {
  waiting.erase(std::remove_if(first_idle(), waiting.end(),
                               [&](const notice& one) { return one.incident == x.incident; }),
                waiting.end());
  waiting.push_back(std::move(x));
  if (!timer_set)
    next();
}

void notifier_state::try_later() {
  if (!std::exchange(timer_set, true))
    self->delayed_send(self, resend_interval, tick_atom_v);
}

/// Another instance refreshes now and reports what it finds.
void notifier_state::drop_waiting() {
  waiting.erase(first_idle(), waiting.end());
}

/// Reads Redis each time, because another instance may have sent the same message.
void notifier_state::next() {
  const bool writes = !unwritten.empty() && !writing;
  if ((waiting.empty() && !writes) || std::exchange(busy, true))
    return;
  self->request(worker, timeout_limit, incident_atom_v)
      .then([this](const std::string& stored) { loaded(stored); },
            [this](const caf::error&) { decide(); });
}

void notifier_state::loaded(const std::string& stored) {
  if (stored.empty()) // never written, or Redis was emptied
    for (const auto& [name, one] : open)
      unwritten.try_emplace(name, one);
  open = read_incidents(stored);
  for (const auto& [name, one] : unwritten)
    if (one)
      open.insert_or_assign(name, *one);
    else
      open.erase(name);
  decide();
}

void notifier_state::decide() {
  if (waiting.empty()) {
    busy = false;
    return write();
  }
  if (is_due(waiting.front()))
    send(waiting.front());
  else
    done();
}

bool notifier_state::is_due(const notice& x) const {
  const auto known = open.find(x.incident);
  switch (x.about) {
  case notice::kind::begins: // the clock may have been set forward or back
    return known == open.end()
           || std::abs(wall_clock().seconds - known->second.sent) >= repeat_after_s
           || has_grown(x.affected, known->second.affected);
  case notice::kind::ends:
    return known != open.end();
  default:
    return known == open.end() ? !x.text.empty()
                               : known->second.fingerprint != fingerprint_text(x.text);
  }
}

void notifier_state::send(const notice& x) {
  all_taken = true;
  pending_publishes = 1; // one more until all are sent
  if (!x.text.empty() && !settings.slack_subject.empty())
    publish(settings.slack_subject, slack_body(service, x.text));
  if (!x.text.empty() && !settings.email_subject.empty() && !settings.email_recipient.empty())
    publish(settings.email_subject,
            email_body("[" + service + "] " + x.incident, settings.email_recipient, x.text));
  published(true);
}

void notifier_state::publish(const std::string& subject, const std::string& body) {
  ++pending_publishes;
  self->request(gateway, caf::infinite, publish_atom_v, subject, bridge_request(new_id(), body))
      .then([this](bool taken) { published(taken); },
            [this](const caf::error&) { published(false); });
}

void notifier_state::published(bool taken) {
  all_taken = all_taken && taken;
  if (--pending_publishes > 0)
    return;
  if (all_taken) {
    remember(waiting.front());
    return done();
  }
  busy = false;
  try_later();
}

void notifier_state::remember(const notice& x) {
  const bool over =
      x.about == notice::kind::ends || (x.about == notice::kind::list && x.text.empty());
  if (over) {
    open.erase(x.incident);
    unwritten[x.incident] = std::nullopt;
  } else {
    const bool lists = x.about == notice::kind::list;
    const incident now{wall_clock().seconds, lists ? fingerprint_text(x.text) : std::string{},
                       x.affected};
    open[x.incident] = now;
    unwritten[x.incident] = now;
  }
  write();
}

/// A change that Redis does not accept is tried again, because the next leader has to know it.
void notifier_state::write() {
  writing = true;
  self->request(worker, timeout_limit, incident_atom_v, write_incidents(open))
      .then(
          [this, sent = unwritten](bool) {
            writing = false;
            std::erase_if(unwritten, [&](const auto& x) {
              const auto found = sent.find(x.first);
              return found != sent.end() && found->second == x.second;
            });
            next();
          },
          [this](const caf::error&) {
            writing = false;
            try_later();
          });
}

void notifier_state::done() {
  waiting.pop_front();
  busy = false;
  next();
}

notifier_actor::behavior_type notifier(notifier_state::pointer self, nats_gateway_actor gateway,
                                       redis_worker_actor worker, const settings& from,
                                       const platform& world) {
  auto& state = self->state;
  state.gateway = std::move(gateway);
  state.worker = std::move(worker);
  state.settings = from.notifier;
  state.service = from.service.name;
  state.new_id = world.new_id;
  state.wall_clock = world.wall_clock;
  state.timeout_limit = worker_timeout(from.redis.timeout, 4);
  return {
      [self](incident_atom, const std::string& incident, const std::string& text,
             std::uint64_t affected) {
        self->state.add({notice::kind::begins, incident, text, affected});
      },
      [self](aside_atom) { self->state.drop_waiting(); },
      [self](resolved_atom, const std::string& incident, const std::string& text) {
        self->state.add({notice::kind::ends, incident, text});
      },
      [self](email_atom, const ambiguous_list& serials) {
        self->state.add({notice::kind::list, "serial numbers with more than one client",
                         serials.empty() ? "" : ambiguity_text(serials)});
      },
      [self](tick_atom) {
        self->state.timer_set = false;
        self->state.next();
      },
  };
}

} // namespace hawkeye
