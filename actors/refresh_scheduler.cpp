#include "actors/refresh_scheduler.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "actors/bridge_client.hpp"
#include "messages/base/json.hpp"
#include "messages/base/limits.hpp"
#include "messages/bridges/notice.hpp"
#include "messages/snapshot/shrink_guard.hpp"

namespace hawkeye {

namespace {

/// How often it is looked whether a refresh is due and ours to make.
constexpr caf::timespan pulse = std::chrono::seconds{1};
/// How often the lease is asked for while it is not known yet, at start.
constexpr caf::timespan undecided_interval = std::chrono::milliseconds{20};
/// By then the messages that held a refresh's data are gone.
constexpr caf::timespan memory_pause = std::chrono::seconds{1};

/// Single devices that wait for their refresh; who wishes for more gets all of them.
constexpr std::size_t max_requested_devices = 100;
} // namespace

// -- when --------------------------------------------------------------------------------------

/// What is wished while it is being refreshed is under way already.
refresh_state refresh_scheduler_state::request_refresh(const std::string& serial_number) {
  if (running && (device.empty() || device == serial_number))
    return refresh_state::running;
  auto& wished = requested_devices;
  if (serial_number.empty() || wished.size() >= max_requested_devices) {
    due = self->clock().now();
    next_trigger = refresh_trigger::request;
  } else if (std::find(wished.begin(), wished.end(), serial_number) == wished.end()) {
    wished.push_back(serial_number);
  }
  if (!running)
    wake_in(caf::timespan::zero());
  return refresh_state::started;
}

void refresh_scheduler_state::reload(const refresh_settings& next) {
  with = next;
  due = std::min(due, self->clock().now() + with_jitter(with.interval, with.jitter, random));
}

refresh_progress refresh_scheduler_state::progress() const {
  auto result = told;
  result.failures = failures;
  if (!running) {
    const auto left = std::max(due - self->clock().now(), caf::timespan::zero());
    result.next = to_timestamp(to_time_point(wall_clock())
                               + std::chrono::duration_cast<std::chrono::microseconds>(left));
  }
  return result;
}

void refresh_scheduler_state::wake_in(caf::timespan pause) {
  self->delayed_send(self, std::max(pause, caf::timespan::zero()), tick_atom_v, ++timer);
}

void refresh_scheduler_state::tick(std::uint64_t number) {
  if (number != timer || running)
    return;
  self->request(dependencies.lease, local_timeout, lease_atom_v)
      .then([this](lease_state lease) { decide(lease); },
            [this](const caf::error&) { decide(lease_state::redis_away); });
}

void refresh_scheduler_state::decide(lease_state lease) {
  if (running)
    return;
  const auto left = requested_devices.empty() ? due - self->clock().now() : caf::timespan::zero();
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
  requested_devices.clear(); // who waits for them sees that another instance refreshes now
  failures = 0;
  self->request(dependencies.store, local_timeout, snapshot_atom_v)
      .then([this](const snapshot_ptr& current) { follow_due(current); }, [](const caf::error&) {});
  wake_in(pulse);
}

void refresh_scheduler_state::follow_due(const snapshot_ptr& current) {
  if (!current || !current->meta().built_at || followed == current->meta().version)
    return;
  followed = current->meta().version;
  const auto age = to_time_point(wall_clock()) - to_time_point(*current->meta().built_at);
  const auto passed = std::clamp<caf::timespan>(age, caf::timespan::zero(), with.interval);
  due = self->clock().now() + with_jitter(with.interval - passed, with.jitter, random);
}

void refresh_scheduler_state::rest_for(caf::timespan pause) {
  due = self->clock().now() + pause;
  rest();
}

void refresh_scheduler_state::rest() {
  running = false;
  device.clear();
  gathered = {};
  self->delayed_send(dependencies.builder, memory_pause, tick_atom_v);
  const auto left = due - self->clock().now();
  wake_in(requested_devices.empty() ? std::min<caf::timespan>(left, pulse) : caf::timespan::zero());
}

refresh_scheduler_actor::behavior_type
refresh_scheduler(refresh_scheduler_state::pointer self, refresh_dependencies dependencies,
                  refresh_settings with, caf::timespan hawkeye_timeout, std::string instance,
                  std::shared_ptr<metrics_registry> metrics, const platform& world) {
  auto& state = self->state;
  state.dependencies = std::move(dependencies);
  state.with = with;
  state.fetch_timeout = hawkeye_timeout + recover_timeout + local_timeout;
  state.instance = std::move(instance);
  state.metrics = std::move(metrics);
  state.wall_clock = world.wall_clock;
  state.random = world.make_random();
  state.rest_for(caf::timespan::zero());
  return {
      [self](refresh_atom, const std::string& serial_number) {
        return self->state.request_refresh(serial_number);
      },
      [self](status_atom) { return self->state.progress(); },
      [self](reload_atom, const settings_ptr& next) { self->state.reload(next->refresh); },
      [self](tick_atom, std::uint64_t number) { self->state.tick(number); },
      [](ping_atom) { return true; },
  };
}

// -- The scheduler's second half: the stations of one refresh, in their order, and its end.

namespace {

constexpr const char* refresh_incident = "refresh fails";
constexpr const char* bruin_incident = "Bruin does not answer for some devices";
constexpr const char* guard_incident = "a refresh would lose too many devices";

} // namespace

void refresh_scheduler_state::start() {
  running = true;
  started = phase_began = self->clock().now();
  told.running = true;
  told.phase = refresh_phase::fetching;
  told.started = wall_clock();
  if (requested_devices.empty()) {
    told.trigger = std::exchange(next_trigger, refresh_trigger::retry);
  } else {
    told.trigger = refresh_trigger::device;
    device = std::move(requested_devices.front());
    requested_devices.pop_front();
  }
  told.serial_number = device;
  self->request(dependencies.fetcher, fetch_timeout, fetch_atom_v)
      .then([this](const probe_list_ptr& list) { fetched(list); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

/// The next station; how long the one before took.
caf::timespan refresh_scheduler_state::begin_phase(refresh_phase phase) {
  told.phase = phase;
  const auto now = self->clock().now();
  return now - std::exchange(phase_began, now);
}

void refresh_scheduler_state::fetched(const probe_list_ptr& list) {
  gathered.probes = list;
  gathered.whole = device.empty();
  if (!gathered.whole) {
    auto few = only(*list, device);
    if (few.probes.empty() && few.discarded.empty())
      return attempt_failed("Hawkeye does not list this serial number");
    gathered.probes = std::make_shared<const probe_list>(std::move(few));
  }
  fetching = begin_phase(refresh_phase::resolving);
  const auto within = deadline_left();
  self->request(dependencies.pool, within + local_timeout, resolve_atom_v, gathered.probes, within)
      .then([this](const resolution_list_ptr& said) { resolved(said); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

void refresh_scheduler_state::resolved(const resolution_list_ptr& list) {
  gathered.resolutions = list;
  resolving = begin_phase(refresh_phase::building);
  self->request(dependencies.store, local_timeout, snapshot_atom_v)
      .then([this](const snapshot_ptr& current) { recall(current); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

/// What was known before: the snapshot is needed, the explanations is a help.
void refresh_scheduler_state::recall(const snapshot_ptr& current) {
  gathered.previous = current;
  if (!gathered.whole && !current)
    return attempt_failed("there is no snapshot yet that a single device could be put into");
  self->request(dependencies.records, local_timeout, explained_atom_v)
      .then([this](const device_explanations_ptr& before) { build(before); },
            [this](const caf::error&) { build(nullptr); });
}

void refresh_scheduler_state::build(const device_explanations_ptr& before) {
  gathered.explanations = before;
  self->request(dependencies.builder, local_timeout, build_atom_v,
                std::make_shared<const build_order>(gathered))
      .then([this](const build_result_ptr& result) { built(result); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

void refresh_scheduler_state::built(const build_result_ptr& result) {
  const auto size = result->next->size();
  building = begin_phase(refresh_phase::publishing);
  if (result->next->array().size() > max_stored_bytes)
    return attempt_failed("the snapshot would have more than "
                          + std::to_string(max_stored_bytes >> 20)
                          + " MiB, which nobody could read back from Redis");
  if (!device.empty())
    return size > 0 ? publish(result) : attempt_failed("no device would be left to serve");
  if (result->failures.empty())
    self->send(dependencies.notifier, resolved_atom_v, bruin_incident,
               "Bruin answers for all devices again");
  else
    self->send(dependencies.notifier, incident_atom_v, bruin_incident, result->failures);
  if (size == 0)
    return attempt_failed("no device was found to be monitored: " + to_string(result->counts));
  const auto& previous = gathered.previous;
  const auto before = previous ? std::optional{previous->size()} : std::nullopt;
  const auto confirmed = started >= confirms_from ? candidate : std::nullopt;
  if (judge(before, size, confirmed, with) == verdict::hold)
    return hold(result);
  publish(result);
}

void refresh_scheduler_state::publish(const build_result_ptr& result) {
  self->request(dependencies.store, local_timeout * 5, publish_atom_v, result->next)
      .then([this, result](publish_outcome outcome) { published(result, outcome); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

void refresh_scheduler_state::published(const build_result_ptr& result, publish_outcome outcome) {
  publishing = begin_phase(refresh_phase::publishing); // what is left to do counts as part of it
  if (outcome == publish_outcome::published || outcome == publish_outcome::kept_in_memory)
    return find_out(result, outcome);
  dropped(outcome == publish_outcome::lease_lost ? "another instance took over meanwhile"
                                                 : "Redis holds a newer snapshot already");
}

void refresh_scheduler_state::dropped(const char* why) {
  spdlog::warn("the result of this refresh is dropped: {}", why);
  note_end(refresh_result::dropped, why);
  if (!device.empty())
    return rest();
  candidate.reset();
  // Soon again, should the lease come back to us; else `follow` sees when the next one is due.
  rest_for(backoff(with.retry_min, with.retry_max, 1, random));
}

/// Clients have the snapshot: what is left is for those who ask why it is as it is.
void refresh_scheduler_state::find_out(const build_result_ptr& result, publish_outcome outcome) {
  self->request(dependencies.builder, local_timeout, explained_atom_v,
                std::make_shared<const build_order>(gathered), result)
      .then(
          [this, result, outcome](const refresh_findings_ptr& found) {
            keep_record(*result, outcome, *found);
            done(*result, outcome);
          },
          [this, result, outcome](const caf::error& why) {
            spdlog::warn("what a refresh found out is not kept: {}", reason_of(why));
            done(*result, outcome);
          });
}

void refresh_scheduler_state::done(const build_result& result, publish_outcome outcome) {
  note_end(outcome == publish_outcome::published ? refresh_result::published
                                                 : refresh_result::kept_in_memory);
  if (!device.empty())
    return rest();
  failures = 0;
  candidate.reset();
  next_trigger = refresh_trigger::interval;
  self->send(dependencies.notifier, resolved_atom_v, refresh_incident, "The refresh works again");
  self->send(dependencies.notifier, resolved_atom_v, guard_incident,
             "A refresh with " + std::to_string(result.next->size()) + " devices was published");
  self->send(dependencies.notifier, email_atom_v, result.ambiguous);
  rest_for(with_jitter(with.interval, with.jitter, random));
}

/// For the log and the history.
void refresh_scheduler_state::keep_record(const build_result& result, publish_outcome outcome,
                                          const refresh_findings& found) {
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(fetching + resolving
                                                                          + building + publishing);
  const auto& changes = found.changes;
  spdlog::info("refresh finished in {} ms ({}{}): snapshot {} with {} devices, {} gained, {} lost, "
               "{} moved; {}",
               took.count(), to_string(told.trigger),
               device.empty() ? "" : " " + printable(device, 60), result.next->meta().version,
               result.next->size(), changes.gained.count, changes.lost.count, changes.moved_count,
               to_string(result.counts));
  refresh_report report;
  report.version = result.next->meta().version;
  report.trigger = told.trigger;
  report.serial_number = device;
  report.in_redis = outcome == publish_outcome::published;
  report.started = *told.started;
  report.finished = wall_clock();
  report.fetching = fetching, report.resolving = resolving;
  report.building = building, report.publishing = publishing;
  report.devices = result.next->size();
  report.counts = result.counts;
  report.changes = changes;
  report.instance = instance;
  self->send(dependencies.records, publish_atom_v,
             std::make_shared<const refresh_record>(refresh_record{report, found.explanations}));
}

void refresh_scheduler_state::note_end(refresh_result result, std::string reason) {
  told.running = false;
  told.phase = refresh_phase::none;
  told.serial_number.clear();
  ++told.ended;
  told.recent.push_front({wall_clock(), told.trigger, device, result, std::move(reason)});
  if (told.recent.size() > max_recent_refreshes)
    told.recent.pop_back();
  metrics->refresh_ended(told.trigger, result, self->clock().now() - started);
}

void refresh_scheduler_state::hold(const build_result_ptr& result) {
  const auto size = result->next->size();
  const auto now = self->clock().now();
  if (!candidate || started >= confirms_from || !alike(*candidate, size)) {
    candidate = size;
    confirms_from = now + with.guard_confirm_after;
  } // else it came too soon to confirm, and the first one goes on waiting
  const auto text = "The refresh found " + std::to_string(size) + " devices where "
                    + std::to_string(gathered.previous->size()) + " are served ("
                    + to_string(result->counts)
                    + "). The old snapshot stays until a second refresh confirms it.";
  spdlog::warn("{}", text);
  self->send(dependencies.notifier, incident_atom_v, guard_incident, text);
  note_end(refresh_result::held, text);
  rest_for(confirms_from - now);
}

void refresh_scheduler_state::attempt_failed(const std::string& reason) {
  note_end(refresh_result::failed, reason);
  if (!device.empty()) { // no incident: who asked for it is told
    spdlog::warn("the refresh of {} failed: {}", printable(device, 60), reason);
    return rest();
  }
  ++failures;
  const auto pause = backoff(with.retry_min, with.retry_max, failures, random);
  const auto pause_ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
  spdlog::warn("refresh attempt {} failed, next one in {} ms: {}", failures, pause_ms, reason);
  if (failures >= with.alert_after_attempts)
    self->send(dependencies.notifier, incident_atom_v, refresh_incident,
               "The refresh failed " + std::to_string(failures) + " times in a row: " + reason);
  rest_for(pause);
}

caf::timespan refresh_scheduler_state::deadline_left() const {
  const caf::timespan least = std::chrono::seconds{1};
  return std::max<caf::timespan>(with.deadline - (self->clock().now() - started), least);
}

} // namespace hawkeye
