#include "actors/refresh_scheduler.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "actors/ask_bridge.hpp"
#include "messages/notice.hpp"
#include "messages/shrink_guard.hpp"

namespace hawkeye {

namespace {

/// How often it is looked whether a refresh is due and ours to make.
constexpr caf::timespan pulse = std::chrono::seconds{1};
/// How often the lease is asked for while it is not known yet, at start.
constexpr caf::timespan undecided_interval = std::chrono::milliseconds{20};
/// By then the messages that held a refresh's data are gone.
constexpr caf::timespan memory_pause = std::chrono::seconds{1};
/// Actors of this process answer within this, or not at all.
constexpr caf::timespan local_patience = std::chrono::minutes{2};

constexpr const char* refresh_incident = "refresh fails";
constexpr const char* bruin_incident = "Bruin does not answer for some devices";
constexpr const char* guard_incident = "a refresh would lose too many devices";

} // namespace

// -- when --------------------------------------------------------------------------------------

refresh_state refresh_scheduler_state::wish() {
  if (running)
    return refresh_state::running;
  due = self->clock().now();
  wake_in(caf::timespan::zero());
  return refresh_state::started;
}

void refresh_scheduler_state::wake_in(caf::timespan pause) {
  self->delayed_send(self, std::max(pause, caf::timespan::zero()), tick_atom_v, ++timer);
}

void refresh_scheduler_state::tick(std::uint64_t number) {
  if (number != timer || running)
    return;
  self->request(crew.lease, local_patience, lease_atom_v)
      .then([this](lease_state lease) { decide(lease); },
            [this](const caf::error&) { decide(lease_state::redis_away); });
}

void refresh_scheduler_state::decide(lease_state lease) {
  if (running)
    return;
  const auto left = due - self->clock().now();
  if (lease == lease_state::undecided)
    wake_in(undecided_interval);
  else if (lease == lease_state::another)
    follow();
  else if (left > caf::timespan::zero())
    wake_in(std::min<caf::timespan>(left, pulse));
  else
    start();
}

/// Another instance refreshes. Should it die, the next refresh is due an interval after the last
/// one, whoever made that.
void refresh_scheduler_state::follow() {
  self->request(crew.store, local_patience, snapshot_atom_v)
      .then([this](const snapshot_ptr& current) { due_after(current); }, [](const caf::error&) {});
  wake_in(pulse);
}

void refresh_scheduler_state::due_after(const snapshot_ptr& current) {
  if (!current || !current->meta().built_at || followed == current->meta().version)
    return;
  followed = current->meta().version;
  const auto age = to_time_point(wall_clock()) - to_time_point(*current->meta().built_at);
  const auto passed = std::clamp<caf::timespan>(age, caf::timespan::zero(), with.interval);
  due = self->clock().now() + with_jitter(with.interval - passed, with.jitter, random);
}

void refresh_scheduler_state::due_in(caf::timespan pause) {
  running = false;
  probes = nullptr;
  resolutions = nullptr;
  previous = nullptr;
  self->delayed_send(crew.builder, memory_pause, tick_atom_v);
  due = self->clock().now() + pause;
  wake_in(std::min(pause, pulse));
}

// -- the stations of one refresh -----------------------------------------------------------------

void refresh_scheduler_state::start() {
  running = true;
  started = self->clock().now();
  self->request(crew.fetcher, fetch_patience, fetch_atom_v)
      .then([this](const probe_list_ptr& list) { fetched(list); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

void refresh_scheduler_state::fetched(const probe_list_ptr& list) {
  probes = list;
  const auto within = deadline_left();
  self->request(crew.pool, within + local_patience, resolve_atom_v, list, within)
      .then([this](const resolution_list_ptr& said) { resolved(said); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

void refresh_scheduler_state::resolved(const resolution_list_ptr& list) {
  resolutions = list;
  self->request(crew.store, local_patience, snapshot_atom_v)
      .then([this](const snapshot_ptr& current) { build(current); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

void refresh_scheduler_state::build(const snapshot_ptr& current) {
  previous = current;
  self->request(crew.builder, local_patience, build_atom_v, probes, resolutions, current)
      .then([this](const build_result_ptr& result) { built(result); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

void refresh_scheduler_state::built(const build_result_ptr& result) {
  const auto size = result->next->size();
  if (result->failures.empty())
    self->send(crew.notifier, resolved_atom_v, bruin_incident,
               "Bruin answers for all devices again");
  else
    self->send(crew.notifier, incident_atom_v, bruin_incident, result->failures);
  if (size == 0)
    return attempt_failed("no device was found to be monitored: " + to_string(result->counts));
  const auto before = previous ? std::optional{previous->size()} : std::nullopt;
  if (judge(before, size, candidate, with) == verdict::hold)
    return hold(result);
  self->request(crew.store, local_patience * 5, publish_atom_v, result->next)
      .then([this, result](publish_outcome outcome) { published(result, outcome); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

void refresh_scheduler_state::published(const build_result_ptr& result, publish_outcome outcome) {
  if (outcome == publish_outcome::published || outcome == publish_outcome::kept_in_memory)
    return done(result);
  spdlog::warn("the result of this refresh is dropped: {}",
               outcome == publish_outcome::lease_lost ? "another instance took over meanwhile"
                                                      : "Redis holds a newer snapshot already");
  candidate.reset();
  // Soon again, should the lease come back to us; else `follow` sees when the next one is due.
  due_in(backoff(with.retry_min, with.retry_max, 1, random));
}

void refresh_scheduler_state::done(const build_result_ptr& result) {
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(self->clock().now() - started);
  spdlog::info("refresh finished in {} ms: snapshot {} with {} devices; {}", took.count(),
               result->next->meta().version, result->next->size(), to_string(result->counts));
  failures = 0;
  candidate.reset();
  self->send(crew.notifier, resolved_atom_v, refresh_incident, "The refresh works again");
  self->send(crew.notifier, resolved_atom_v, guard_incident,
             "A refresh with " + std::to_string(result->next->size()) + " devices was published");
  self->send(crew.notifier, email_atom_v, result->ambiguous);
  due_in(with_jitter(with.interval, with.jitter, random));
}

void refresh_scheduler_state::hold(const build_result_ptr& result) {
  candidate = result->next->size();
  const auto text = "The refresh found " + std::to_string(*candidate) + " devices where "
                    + std::to_string(previous->size()) + " are served (" + to_string(result->counts)
                    + "). The old snapshot stays until a second refresh confirms it.";
  spdlog::warn("{}", text);
  self->send(crew.notifier, incident_atom_v, guard_incident, text);
  due_in(with.guard_confirm_after);
}

void refresh_scheduler_state::attempt_failed(const std::string& reason) {
  ++failures;
  const auto pause = backoff(with.retry_min, with.retry_max, failures, random);
  const auto pause_ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
  spdlog::warn("refresh attempt {} failed, next one in {} ms: {}", failures, pause_ms, reason);
  if (failures >= with.alert_after_attempts)
    self->send(crew.notifier, incident_atom_v, refresh_incident,
               "The refresh failed " + std::to_string(failures) + " times in a row: " + reason);
  due_in(pause);
}

caf::timespan refresh_scheduler_state::deadline_left() const {
  const caf::timespan least = std::chrono::seconds{1};
  return std::max<caf::timespan>(with.deadline - (self->clock().now() - started), least);
}

refresh_scheduler_actor::behavior_type refresh_scheduler(refresh_scheduler_state::pointer self,
                                                         refresh_crew crew, refresh_settings with,
                                                         caf::timespan hawkeye_timeout,
                                                         const environment& world) {
  auto& state = self->state;
  state.crew = std::move(crew);
  state.with = with;
  state.fetch_patience = hawkeye_timeout + recover_timeout + local_patience;
  state.wall_clock = world.wall_clock;
  state.random = world.make_random();
  state.due_in(caf::timespan::zero());
  return {
      [self](refresh_atom) { return self->state.wish(); },
      [self](tick_atom, std::uint64_t number) { self->state.tick(number); },
      [](ping_atom) { return true; },
  };
}

} // namespace hawkeye
