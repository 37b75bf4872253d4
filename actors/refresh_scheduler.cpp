#include "actors/refresh_scheduler.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/bridge_client.hpp"
#include "actors/lease_keeper.hpp"
#include "messages/base/json.hpp"
#include "messages/base/limits.hpp"
#include "messages/bridges/notice.hpp"
#include "messages/history/explanations.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye {

namespace {

/// How often the scheduler checks whether a refresh is due and this instance holds the lease.
constexpr caf::timespan check_interval = std::chrono::seconds{1};
/// How often the lease keeper is asked at start, while the holder of the lease is not known yet.
constexpr caf::timespan undecided_interval = std::chrono::milliseconds{20};
/// After this pause the actors have released the messages that held the data of a refresh, so its
/// memory can be returned to the system.
constexpr caf::timespan memory_pause = std::chrono::seconds{1};
/// If a running refresh began to ask Bruin longer ago than this, a request for a device starts a
/// new refresh.
constexpr caf::timespan recently_asked = std::chrono::minutes{1};
/// A process refreshes at its start, or as soon as it gets the lease, unless another instance has
/// refreshed since, or within this time before.
constexpr caf::timespan recently_refreshed = std::chrono::minutes{5};
/// After this many failed attempts in a row the lease is released, so that another instance tries.
constexpr std::size_t failures_until_release = 2;
/// Limit of single devices that wait for their refresh. One request more refreshes all devices.
constexpr std::size_t max_requested_devices = 100;
/// Bruin may never give a usable answer about some devices. If none of them is served, they are
/// asked about again in so many refreshes, and then only with all devices.
constexpr std::size_t most_silent_rounds = 12;

constexpr const char* refresh_incident = "refresh fails";
constexpr const char* bruin_incident = "Bruin does not answer for some devices";
constexpr const char* removal_incident = "devices wait to be removed";

/// The serial numbers of the served devices whose outcome fulfils the predicate.
template <class Predicate>
std::vector<std::string> served_with(const snapshot& x, Predicate wanted) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (wanted(x.state(i).why_in()))
      result.push_back(serial_of(x.at(i)));
  return result;
}

/// The serial numbers of the devices for which Bruin did not answer.
std::vector<std::string> silent_devices(const build_order& order) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < order.resolutions->size(); ++i)
    if (bruin_did_not_answer((*order.resolutions)[i].why))
      result.push_back(order.probes->probes[i].serial_number);
  return result;
}

} // namespace

// -- when --------------------------------------------------------------------------------------

refresh_state refresh_scheduler_state::request_refresh(const std::string& serial_number) {
  if (running && will_ask_about(serial_number))
    return refresh_state::running;
  auto& devices = requested_devices;
  if (serial_number.empty() || devices.size() >= max_requested_devices) {
    all_requested = true;
  } else if (std::find(devices.begin(), devices.end(), serial_number) == devices.end()) {
    devices.push_back(serial_number);
  }
  if (!running)
    wake_in(caf::timespan::zero());
  return refresh_state::started;
}

/// True if the running refresh will ask about this device (empty: all devices) or has just done so.
bool refresh_scheduler_state::will_ask_about(const std::string& serial_number) const {
  if (const auto& about = order.about)
    return std::find(about->begin(), about->end(), serial_number) != about->end();
  return serial_number.empty() || status.phase == refresh_phase::fetching
         || (status.phase == refresh_phase::resolving
             && self->clock().now() - phase_began < recently_asked);
}

void refresh_scheduler_state::use(const hawkeye::settings& next) {
  settings = next.refresh;
  rules = {settings.guard_min_devices, settings.guard_max_drop, settings.guard_confirm_after,
           settings.max_stale, next.bruin.monitored_statuses};
}

void refresh_scheduler_state::reload(const hawkeye::settings& next) {
  use(next);
  const auto now = self->clock().now();
  due = std::min(due, now + with_jitter(settings.interval, settings.jitter, random));
  if (to_confirm)
    to_confirm->due = std::min<time_point>(to_confirm->due, now + settings.guard_confirm_after);
}

time_point refresh_scheduler_state::next_due() const {
  auto result = due;
  for (const auto* partial : {&to_confirm, &silent})
    if (*partial)
      result = std::min(result, (*partial)->due);
  const bool requested = all_requested || !requested_devices.empty();
  return requested ? std::min(result, self->clock().now()) : result;
}

refresh_progress refresh_scheduler_state::progress() const {
  auto result = status;
  result.failures = failures;
  if (!running) {
    const auto left = std::max(next_due() - self->clock().now(), caf::timespan::zero());
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
  self->request(actors.lease, local_timeout, lease_atom_v)
      .then([this](lease_state lease) { decide(lease); },
            [this](const caf::error&) { decide(lease_state::redis_away); });
}

void refresh_scheduler_state::decide(lease_state lease) {
  if (running)
    return;
  if (lease == lease_state::undecided)
    wake_in(undecided_interval);
  else if (lease == lease_state::another)
    follow();
  else
    begin_what_is_due(lease);
}

/// The refresh of all devices goes first, so that single devices never delay it.
void refresh_scheduler_state::begin_what_is_due(lease_state lease) {
  const auto now = self->clock().now();
  follows = false;
  if (next_trigger == refresh_trigger::start && lease == lease_state::ours)
    due = std::min<time_point>(due, now);
  if (std::exchange(all_requested, false)) {
    due = now;
    next_trigger = refresh_trigger::request;
  }
  if (due <= now)
    return start(std::exchange(next_trigger, refresh_trigger::retry), {});
  if (to_confirm && to_confirm->due <= now)
    return start(refresh_trigger::confirm, to_confirm->serial_numbers);
  if (silent && silent->due <= now)
    return start(refresh_trigger::retry, silent->serial_numbers);
  if (requested_devices.empty())
    return stay_idle();
  auto serial_number = std::move(requested_devices.front());
  requested_devices.pop_front();
  start(refresh_trigger::device, std::vector{std::move(serial_number)});
}

void refresh_scheduler_state::stay_idle() {
  self->request(actors.store, local_timeout, snapshot_atom_v)
      .then([this](const snapshot_ptr& current) { look_at(current); }, [](const caf::error&) {});
  wake_in(std::min<caf::timespan>(next_due() - self->clock().now(), check_interval));
}

/// A merge with the snapshot of Redis or of another instance may have added devices whose removal
/// waits, and answers to questions that were asked by a clock ahead of this one: these count as
/// later than the answers of this instance, which may be newer, until it asks again.
void refresh_scheduler_state::look_at(const snapshot_ptr& current) {
  if (running || !current)
    return;
  note_origin(*current);
  const auto now = self->clock().now();
  if (current->newest() > question_time->now(now)) {
    question_time->raise_above(current->newest(), now);
    due = now;
  }
  if (!to_confirm)
    confirm_later(*current);
  if (to_confirm && !removals_reported)
    report_removals(removals_in(*current));
}

void refresh_scheduler_state::confirm_later(const snapshot& current) {
  if (removals_waiting(current) > 0)
    to_confirm = {self->clock().now() + settings.guard_confirm_after,
                  served_with(current, removal_waits)};
}

/// Another instance refreshes. If it fails, this one refreshes an interval after the last refresh
/// of any instance.
void refresh_scheduler_state::follow() {
  if (!std::exchange(follows, true)) {
    self->send(actors.notifier, aside_atom_v);
    silent_rounds = unanswered_refreshes = confirmed_removals = 0;
    long_silent.clear();
    ambiguous.clear();
    clients_known.clear();
  }
  removals_reported = false;
  all_requested = false;
  requested_devices
      .clear(); // the clients that requested them see that another instance refreshes now
  self->request(actors.store, local_timeout, snapshot_atom_v)
      .then([this](const snapshot_ptr& current) { follow_snapshot(current); },
            [](const caf::error&) {});
  wake_in(check_interval);
}

void refresh_scheduler_state::follow_snapshot(const snapshot_ptr& current) {
  const auto now = self->clock().now();
  if (!current)
    return; // the other one may have found no device, of which Redis tells nothing
  if (!current->meta().built_at
      || (followed == current->meta().version && followed_refresh == current->meta().built_at))
    return report_stale_snapshot();
  const auto age = age_of(*current);
  failures = 0;
  followed = current->meta().version;
  // Refreshes of single devices keep built_at. If the wall clock is behind it, age is always 0.
  const auto& built_at = current->meta().built_at;
  const auto before = std::exchange(followed_refresh, built_at);
  const bool is_recent = age <= recently_refreshed && !is_in_future(*current);
  if (next_trigger != refresh_trigger::start || is_recent || (before && before != built_at))
    next_trigger = refresh_trigger::interval;
  const auto next = now + with_jitter(settings.interval - age, settings.jitter, random);
  due = before == built_at ? std::min<time_point>(due, next) : next;
  note_origin(*current);
  silent.reset();
  to_confirm.reset();
  confirm_later(*current);
  if (current->served_as()[outcome::carried_over] > settings.guard_min_devices)
    silent = {now + settings.retry_max,
              served_with(*current, [](outcome x) { return x == outcome::carried_over; })};
}

/// The instance that refreshes should have done so by now. It may be unable to report the reason,
/// for example without NATS. All instances report the same incident, so only one message is sent.
void refresh_scheduler_state::report_stale_snapshot() {
  if (self->clock().now() - due > std::max<caf::timespan>(settings.interval, check_interval * 60))
    self->send(actors.notifier, incident_atom_v, refresh_incident,
               "What this instance serves is older than two refresh intervals: the one that holds "
               "the lease has stored nothing newer in Redis",
               std::uint64_t{0});
}

/// By a wall clock that is or was wrong.
bool refresh_scheduler_state::is_in_future(const snapshot& x) const {
  return x.meta().built_at && x.meta().built_at->seconds > wall_clock().seconds + 60;
}

/// Limited to the range from 0 to one interval, because the wall clock may be wrong.
caf::timespan refresh_scheduler_state::age_of(const snapshot& x) const {
  using std::chrono::seconds;
  const auto most = std::chrono::duration_cast<seconds>(settings.interval).count();
  const auto built_at = x.meta().built_at.value_or(timestamp{}).seconds;
  return seconds{std::clamp<std::int64_t>(wall_clock().seconds - built_at, 0, most)};
}

// -- the phases of one refresh, in their order ---------------------------------------------------

void refresh_scheduler_state::start(refresh_trigger trigger,
                                    std::optional<std::vector<std::string>> about) {
  running = true;
  started = phase_began = self->clock().now();
  status.running = true;
  status.phase = refresh_phase::fetching;
  status.started = wall_clock();
  status.trigger = trigger;
  order.about = std::move(about);
  order.rules = rules;
  status.serial_number = is_of_one_device() ? order.about->front() : std::string{};
  self->request(actors.store, local_timeout, restored_atom_v)
      .then([this](const known_snapshot& known) { fetch(known); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

/// Makes the question clock later than every answer that is known, so that the answers of this
/// refresh count as newer.
void refresh_scheduler_state::fetch(const known_snapshot& known) {
  const auto now = self->clock().now();
  if (known.value)
    question_time->raise_above(known.value->newest(), now);
  order.list_asked = question_time->now(now);
  self->request(actors.fetcher, fetch_timeout, fetch_atom_v)
      .then([this](const probe_list_ptr& list) { fetched(list); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

/// Begins the next phase -> the duration of the one before.
caf::timespan refresh_scheduler_state::begin_phase(refresh_phase phase) {
  status.phase = phase;
  const auto now = self->clock().now();
  return now - std::exchange(phase_began, now);
}

void refresh_scheduler_state::fetched(const probe_list_ptr& list) {
  order.probes = order.about ? std::make_shared<const probe_list>(only(*list, *order.about)) : list;
  fetching = begin_phase(refresh_phase::resolving);
  const auto limit = deadline_left();
  self->request(actors.pool, limit + local_timeout, resolve_atom_v, order.probes, limit,
                std::make_shared<const question_clock>(*question_time))
      .then([this](const resolution_list_ptr& answers) { resolved(answers); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

void refresh_scheduler_state::resolved(const resolution_list_ptr& list) {
  order.resolutions = list;
  resolving = begin_phase(refresh_phase::building);
  self->request(actors.store, local_timeout, restored_atom_v)
      .then([this](const known_snapshot& known) { load_previous(known); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

/// Gets the state before the refresh: the snapshot is required, the explanations are optional.
void refresh_scheduler_state::load_previous(const known_snapshot& known) {
  order.previous = known;
  question_time->compare_from(known.others_heard);
  order.comparable_from = question_time->comparable_from();
  order.elapsed = since_last_refresh(known.value);
  if (order.about && !known.value)
    return attempt_failed("there is no snapshot yet that a single device could be put into");
  const bool unlisted = order.probes->probes.empty() && order.probes->discarded.empty();
  if (is_of_one_device() && unlisted && !served_record(*known.value, order.about->front()))
    return attempt_failed("Hawkeye does not list this serial number");
  self->request(actors.history, local_timeout, explained_atom_v)
      .then([this](const device_explanations_ptr& before) { build(before); },
            [this](const caf::error&) { build(nullptr); });
}

/// Measured from start to start, so that no time counts twice, on the steady clock. What another
/// process built counts from when this one first saw it: the wall clocks of both may be wrong, and
/// must not expire records. So a restart lengthens max-stale by up to one interval.
caf::timespan refresh_scheduler_state::since_last_refresh(const snapshot_ptr& previous) {
  if (!previous || !previous->meta().built_at)
    return caf::timespan::zero();
  note_origin(*previous);
  return std::max(started - refreshed, caf::timespan::zero());
}

/// Remembers when this snapshot's refresh of all devices was first seen.
void refresh_scheduler_state::note_origin(const snapshot& x) {
  if (std::exchange(refreshed_at, x.meta().built_at) != x.meta().built_at)
    refreshed = self->clock().now();
}

void refresh_scheduler_state::build(const device_explanations_ptr& before) {
  order.explanations = before;
  self->request(actors.builder, local_timeout, build_atom_v,
                std::make_shared<const build_order>(order))
      .then([this](const build_result_ptr& result) { built(result); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

void refresh_scheduler_state::built(const build_result_ptr& result) {
  building = begin_phase(refresh_phase::publishing);
  if (result->next->array().size() > max_stored_bytes)
    return attempt_failed(fmt::format(
        "the snapshot would have more than {} MiB, which nobody could read back from Redis",
        max_stored_bytes >> 20));
  const auto& before = order.previous.value;
  const bool never_had_any = !before || (before->size() == 0 && before->kept().empty());
  // All may have left by clear answers, but not because Bruin was silent.
  if (result->next->size() == 0 && (never_had_any ? result->silent : result->expired) > 0)
    return attempt_failed("no device was found to be monitored: " + to_string(result->counts));
  self->request(actors.store, local_timeout * 5, publish_atom_v, result->next, order.previous.value)
      .then([this, result](const published_snapshot& now) { published(result, now); },
            [this](const caf::error& why) { attempt_failed(reason_of(why)); });
}

/// Clients already get the snapshot. The rest, the explanations and the report, is for operators.
void refresh_scheduler_state::published(const build_result_ptr& result,
                                        const published_snapshot& now) {
  // Writing the record counts as part of this phase, too.
  publishing = begin_phase(refresh_phase::publishing);
  auto current = std::make_shared<build_result>(*result);
  current->next = now.value;
  current->merged = !now.value->shares_content_with(*result->next);
  if (current->merged) {
    current->removed = removals_in(*now.value);
    current->removed.confirmed = result->removed.confirmed;
  }
  self->request(actors.builder, local_timeout, explained_atom_v,
                std::make_shared<const build_order>(order), build_result_ptr{current})
      .then(
          [this, current, outcome = now.outcome](const refresh_findings_ptr& found) {
            keep_record(*current, outcome, *found);
            done(*current, outcome);
          },
          [this, current, outcome = now.outcome](const caf::error& why) {
            spdlog::warn("what a refresh found out is not kept: {}", reason_of(why));
            done(*current, outcome);
          });
}

void refresh_scheduler_state::done(const build_result& result, publish_outcome outcome) {
  note_end(outcome == publish_outcome::published ? refresh_result::published
                                                 : refresh_result::kept_in_memory);
  plan_confirmation(result);
  if (!is_of_one_device()) {
    failures = 0;
    send_incidents(result);
    plan_next(result);
  }
  if (!order.about) {
    note_silence(result);
    refreshed_at = result.next->meta().built_at;
    refreshed = started;
  }
  go_idle();
}

/// Bruin may answer another instance, if it does not answer this one, or only one of two questions.
void refresh_scheduler_state::note_silence(const build_result& result) {
  const auto& all = *order.resolutions;
  // Only the answer to the second question says so: an instance may be allowed to ask only the
  // first.
  const bool has_status = std::any_of(all.begin(), all.end(), [](const resolution& x) {
    return x.why == outcome::monitored || x.why == outcome::not_monitored
           || x.why == outcome::no_management_status;
  });
  if (result.silent == 0 || has_status)
    unanswered_refreshes = 0;
  else if (++unanswered_refreshes % failures_until_release == 0)
    self->send(actors.lease, aside_atom_v);
}

void refresh_scheduler_state::send_incidents(const build_result& result) {
  self->send(actors.notifier, resolved_atom_v, refresh_incident, "The refresh works again");
  if (status.trigger == refresh_trigger::confirm)
    return;
  const auto& served = result.next->served_as();
  const bool all_answered = served[outcome::carried_over] == 0;
  if (!result.failures.empty())
    self->send(actors.notifier, incident_atom_v, bruin_incident, result.failures,
               std::uint64_t{result.silent});
  else if (all_answered && served[outcome::not_listed] == 0) // the list may lack just these
    self->send(actors.notifier, resolved_atom_v, bruin_incident,
               "Bruin answers for all devices again");
  if (!order.about)
    report_ambiguous(result);
}

/// A device for which Bruin did not answer is reported as it was known. If it is served, but this
/// process does not know its clients yet, nothing is: a list without it would be sent, and later
/// the same one again.
void refresh_scheduler_state::report_ambiguous(const build_result& result) {
  const auto before = std::exchange(ambiguous, result.ambiguous);
  std::unordered_set<std::string> unanswered;
  for (std::size_t i = 0; i < order.resolutions->size(); ++i) {
    const auto& serial = order.probes->probes[i].serial_number;
    if ((*order.resolutions)[i].clients.empty()
        && bruin_did_not_answer((*order.resolutions)[i].why))
      unanswered.insert(serial);
    else
      clients_known.insert(fingerprint(serial));
  }
  for (const auto& x : before)
    if (unanswered.contains(x.serial_number))
      ambiguous.push_back(x);
  std::sort(ambiguous.begin(), ambiguous.end(),
            [](const auto& a, const auto& b) { return a.serial_number < b.serial_number; });
  const auto carried_over =
      served_with(*result.next, [](outcome x) { return x == outcome::carried_over; });
  if (std::all_of(carried_over.begin(), carried_over.end(),
                  [&](const auto& x) { return clients_known.contains(fingerprint(x)); }))
    self->send(actors.notifier, email_atom_v, ambiguous);
}

void refresh_scheduler_state::plan_confirmation(const build_result& result) {
  const auto& removed = result.removed;
  confirmed_removals += removed.confirmed;
  if (removed.waiting.empty()) {
    to_confirm.reset();
    removals_reported = false;
    self->send(actors.notifier, resolved_atom_v, removal_incident,
               fmt::format("No device waits to be removed any more: {} were removed, the others "
                           "are served as before",
                           std::exchange(confirmed_removals, 0)));
    return;
  }
  report_removals(removed);
  // If Bruin is silent, retries come more often than guard-confirm-after: they must not postpone
  // the confirmation.
  const bool replans = !order.about || status.trigger == refresh_trigger::confirm;
  if (replans || !to_confirm)
    to_confirm = {self->clock().now() + settings.guard_confirm_after, removed.waiting};
  else if (!is_of_one_device())
    to_confirm->serial_numbers = removed.waiting;
}

void refresh_scheduler_state::report_removals(const removals& removed) {
  const auto text = removals_text(removed);
  auto line = text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  spdlog::warn("devices wait to be removed: {}", line);
  self->send(actors.notifier, incident_atom_v, removal_incident, text,
             std::uint64_t{removed.waiting.size()});
  removals_reported = true;
}

/// If Bruin was silent for more than a few devices, they are asked about again soon; if it was
/// silent for most, all devices are. A confirmation asks about other devices than the refresh
/// before it, so the silent devices of that refresh keep their due time.
void refresh_scheduler_state::plan_next(const build_result& result) {
  const auto now = self->clock().now();
  if (!order.about) {
    due = now + with_jitter(settings.interval, settings.jitter, random);
    next_trigger = refresh_trigger::interval;
  }
  const bool confirms = status.trigger == refresh_trigger::confirm;
  auto devices = silent_devices(order);
  const bool few = devices.size() <= settings.guard_min_devices;
  if (confirms && few)
    return;
  const auto before = std::exchange(silent, {});
  if (few) {
    silent_rounds = 0;
    long_silent.clear();
    return;
  }
  const bool concerns_served = result.next->served_as()[outcome::carried_over] > 0;
  const auto known = long_silent.size();
  long_silent.insert(devices.begin(), devices.end());
  if (++silent_rounds > most_silent_rounds && !concerns_served) {
    if (long_silent.size() == known)
      return;
    silent_rounds = most_silent_rounds / 2; // there are new ones: they get some rounds, too
  }
  auto again = now + backoff(settings.retry_min, settings.retry_max, silent_rounds, random);
  if (confirms && before) {
    again = std::min(again, before->due);
    devices.insert(devices.end(), before->serial_numbers.begin(), before->serial_numbers.end());
  }
  if (order.about || devices.size() * 2 < order.probes->probes.size())
    silent = {again, std::move(devices)};
  else if (again < due) {
    due = again;
    next_trigger = refresh_trigger::retry;
  }
}

/// Writes the result to the log and to the history.
void refresh_scheduler_state::keep_record(const build_result& result, publish_outcome outcome,
                                          const refresh_findings& found) {
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(fetching + resolving
                                                                          + building + publishing);
  const auto& changes = found.changes;
  spdlog::info("refresh finished in {} ms ({}{}): snapshot {} with {} devices, {} gained, {} lost, "
               "{} moved; {}",
               took.count(), to_string(status.trigger),
               is_of_one_device() ? " " + printable(status.serial_number, 60) : "",
               result.next->meta().version, result.next->size(), changes.gained.count,
               changes.lost.count, changes.moved_count, to_string(result.counts));
  refresh_report report;
  report.version = result.next->meta().version;
  report.trigger = status.trigger;
  report.serial_number = status.serial_number;
  report.in_redis = outcome == publish_outcome::published;
  report.started = *status.started;
  report.finished = wall_clock();
  report.fetching = fetching, report.resolving = resolving;
  report.building = building, report.publishing = publishing;
  report.devices = result.next->size();
  report.counts = result.counts;
  report.changes = changes;
  report.instance = instance;
  self->send(actors.history, publish_atom_v,
             std::make_shared<const refresh_record>(refresh_record{report, found.explanations}));
}

void refresh_scheduler_state::note_end(refresh_result result, std::string reason) {
  status.running = false;
  status.phase = refresh_phase::none;
  ++status.ended;
  status.recent.push_front({wall_clock(), status.trigger, std::exchange(status.serial_number, {}),
                            result, std::move(reason)});
  if (status.recent.size() > max_recent_refreshes)
    status.recent.pop_back();
  metrics->refresh_ended(status.trigger, result, !order.about, self->clock().now() - started);
}

void refresh_scheduler_state::attempt_failed(const std::string& reason) {
  note_end(refresh_result::failed, reason);
  if (is_of_one_device()) { // not an incident; the status shows it
    spdlog::warn("the refresh of {} failed: {}", printable(order.about->front(), 60), reason);
    return go_idle();
  }
  ++failures;
  const auto pause = backoff(settings.retry_min, settings.retry_max, failures, random);
  const auto pause_ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
  spdlog::warn("refresh attempt {} failed, next one in {} ms: {}", failures, pause_ms, reason);
  if (failures >= settings.alert_after_attempts)
    self->send(actors.notifier, incident_atom_v, refresh_incident,
               fmt::format("The refresh failed {} times in a row: {}", failures, reason),
               std::uint64_t{0});
  if (failures % failures_until_release == 0)
    self->send(actors.lease, aside_atom_v);
  const auto again = self->clock().now() + pause;
  auto& partial = status.trigger == refresh_trigger::confirm ? to_confirm : silent;
  if (order.about && partial)
    partial->due = again;
  else
    due = again;
  go_idle();
}

caf::timespan refresh_scheduler_state::deadline_left() const {
  const caf::timespan least = std::chrono::seconds{1};
  return std::max<caf::timespan>(settings.deadline - (self->clock().now() - started), least);
}

void refresh_scheduler_state::go_idle() {
  running = false;
  order = {};
  self->delayed_send(actors.builder, memory_pause, tick_atom_v);
  wake_in(std::min<caf::timespan>(next_due() - self->clock().now(), check_interval));
}

refresh_scheduler_actor::behavior_type refresh_scheduler(refresh_scheduler_state::pointer self,
                                                         refresh_actors actors,
                                                         const settings& from, std::string instance,
                                                         std::shared_ptr<metrics_registry> metrics,
                                                         const platform& world) {
  auto& state = self->state;
  state.actors = std::move(actors);
  state.use(from);
  state.fetch_timeout = from.hawkeye.timeout + recover_timeout + local_timeout;
  state.instance = std::move(instance);
  state.metrics = std::move(metrics);
  state.wall_clock = world.wall_clock;
  state.random = world.make_random();
  state.due = self->clock().now();
  state.question_time.emplace(world.wall_clock(), self->clock().now());
  state.go_idle();
  return {
      [self](refresh_atom, const std::string& serial_number) {
        return self->state.request_refresh(serial_number);
      },
      [self](status_atom) { return self->state.progress(); },
      [self](reload_atom, const settings_ptr& next) { self->state.reload(*next); },
      [self](tick_atom, std::uint64_t number) { self->state.tick(number); },
      [](ping_atom) { return true; },
  };
}

} // namespace hawkeye
