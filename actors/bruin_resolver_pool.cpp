#include "actors/bruin_resolver_pool.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "messages/base/json.hpp"
#include "messages/base/limits.hpp"
#include "messages/bridges/bruin_reply.hpp"

namespace hawkeye {

namespace {

/// After this many failures in a row the circuit breaker of a subject opens, first for a second,
/// later for up to half a minute.
constexpr std::size_t open_after = 20;
constexpr duration first_pause = 1s;
constexpr duration longest_pause = 30s;
/// If a circuit breaker is open and Bruin has answered nothing for this long, the refresh ends with
/// what is known. Otherwise it would delay other requests until its deadline.
constexpr duration longest_silence = 3min;

circuit_breaker make_breaker() {
  return circuit_breaker{open_after, first_pause, longest_pause};
}

} // namespace

bruin_resolver_pool_state::bruin_resolver_pool_state(pointer self)
    : self{self},
      lanes{lane{{}, "client_info", outcome::client_info_failed, {}, make_breaker()},
            lane{{}, "management_status", outcome::management_status_failed, {}, make_breaker()}},
      limit{1} {}

caf::result<resolution_list_ptr>
bruin_resolver_pool_state::resolve(const probe_list_ptr& list, caf::timespan within,
                                   const question_clock_ptr& clock) {
  if (probes)
    return make_fault(fault::refused, "a resolution is running already");
  ++run;
  question_time = clock;
  monitored = {settings.monitored_statuses.begin(), settings.monitored_statuses.end()};
  promise = self->make_response_promise<resolution_list_ptr>();
  auto answer = promise;
  probes = list;
  last_answer = self->clock().now();
  unsettled = list->probes.size();
  client_bytes = 0;
  resolutions.assign(unsettled, resolution{});
  for (auto& lane : lanes) {
    lane.waiting.clear();
    lane.answered.reset();
  }
  for (std::size_t i = 0; i < unsettled; ++i)
    lanes[client_info_lane].waiting.push_back({(begin_at + i) % unsettled, 0, {}});
  if (unsettled == 0) {
    finish();
    return answer;
  }
  self->delayed_send(self, within, expire_atom_v, run);
  step();
  return answer;
}

/// Starts as many calls as are allowed. The second question has priority, because it completes a
/// device.
void bruin_resolver_pool_state::step() {
  if (!probes)
    return;
  if (bruin_is_silent()) {
    spdlog::warn(
        "Bruin has answered nothing for {} min: the refresh ends with what is known, {} of "
        "{} devices are not resolved",
        longest_silence / 1min, unsettled, probes->probes.size());
    return expire();
  }
  while (in_flight < limit.value())
    if (!start_from(status_lane) && !start_from(client_info_lane))
      break;
  if (in_flight == 0)
    wait_for_breakers();
}

bool bruin_resolver_pool_state::bruin_is_silent() const {
  const auto now = self->clock().now();
  return now - last_answer >= longest_silence
         && std::any_of(lanes.begin(), lanes.end(), [&](const lane& x) {
              return !x.waiting.empty() && x.breaker.current(now) != circuit_breaker::state::closed;
            });
}

/// The next call that may be made now, if any.
std::optional<bruin_resolver_pool_state::task> bruin_resolver_pool_state::next_of(lane& from) {
  const auto now = self->clock().now();
  if (from.waiting.empty() || !from.breaker.admits(now))
    return {};
  if (from.answered && from.breaker.current(now) == circuit_breaker::state::half_open) {
    auto again = *from.answered;
    again.trial = true;
    return again;
  }
  auto next = std::move(from.waiting.front());
  from.waiting.pop_front();
  return next;
}

bool bruin_resolver_pool_state::start_from(std::size_t which) {
  auto next = next_of(lanes[which]);
  if (!next)
    return false;
  call(which, *std::move(next));
  return true;
}

void bruin_resolver_pool_state::call(std::size_t which, task question) {
  ++in_flight;
  const auto& serial = probes->probes[question.index].serial_number;
  auto body = which == client_info_lane
                  ? client_info_request_body(serial)
                  : management_status_request_body(question.client_id, serial);
  const auto sent = self->clock().now();
  ask_bridge(
      self, bridges, lanes[which].subject, std::move(body), settings.timeout,
      [this, of_run = run, which, question = std::move(question),
       sent](const expected<json_slice>& reply) { ended(of_run, which, question, sent, reply); });
}

void bruin_resolver_pool_state::ended(std::uint64_t of_run, std::size_t which, task question,
                                      time_point sent, const expected<json_slice>& reply) {
  const auto now = self->clock().now();
  const auto was_in_flight = in_flight--;
  const bool ours = of_run == run && probes;
  const auto problem =
      ours && !question.trial ? understand(which, question, sent, reply) : std::nullopt;
  if (problem || !reply.has_value()) {
    limit.failed(now);
    lanes[which].breaker.failed(now, random);
  } else {
    limit.succeeded(which, now - sent, was_in_flight, now);
    lanes[which].breaker.succeeded();
    last_answer = now;
    if (ours)
      lanes[which].answered = question;
  }
  if (ours && problem)
    try_again(which, std::move(question), *problem);
  step();
}

std::optional<failure> bruin_resolver_pool_state::understand(std::size_t which,
                                                             const task& question, time_point sent,
                                                             const expected<json_slice>& reply) {
  if (auto* why = error_of(reply))
    return *why;
  return which == client_info_lane ? understand_clients(question, sent, *reply)
                                   : understand_status(question, sent, *reply);
}

std::optional<failure> bruin_resolver_pool_state::understand_clients(const task& question,
                                                                     time_point sent,
                                                                     const json_slice& body) {
  auto answer = read_client_info(body);
  if (auto* why = error_of(answer))
    return fail(*why);
  auto& info = *answer;
  auto& device = resolutions[question.index];
  device.client_asked = device.asked = question_time->now(sent);
  if (info.first.empty()) {
    settle(question.index, outcome::no_customer, {});
    return {};
  }
  device.client = std::move(info.first);
  client_bytes += device.client.size();
  if (info.all_ids.size() > 1)
    device.clients = std::move(info.all_ids);
  for (const auto& id : device.clients)
    client_bytes += sizeof(std::string) + id.size();
  if (client_bytes > max_clients_bytes) {
    give_up("what Bruin says of the clients has more than "
            + std::to_string(max_clients_bytes >> 20) + " MiB");
    return {};
  }
  lanes[status_lane].waiting.push_back({question.index, 0, std::move(info.client_id)});
  return {};
}

std::optional<failure> bruin_resolver_pool_state::understand_status(const task& question,
                                                                    time_point sent,
                                                                    const json_slice& body) {
  auto answer = read_management_status(body);
  if (auto* why = error_of(answer))
    return fail(*why);
  auto& status = *answer;
  resolutions[question.index].asked = question_time->now(sent);
  if (!status)
    settle(question.index, outcome::no_management_status, {});
  else if (monitored.contains(*status))
    settle(question.index, outcome::monitored, std::move(*status));
  else
    settle(question.index, outcome::not_monitored, printable(*status));
  return {};
}

void bruin_resolver_pool_state::try_again(std::size_t which, task question, const failure& why) {
  spdlog::debug("serial {}: {}", printable(probes->probes[question.index].serial_number),
                why.reason);
  auto& errors = resolutions[question.index].errors;
  if (errors.size() == max_resolution_errors)
    errors.erase(errors.begin());
  errors.push_back({wall_clock(), lanes[which].question, why.reason});
  if (++question.attempt >= settings.attempts)
    return settle(question.index, lanes[which].failed_outcome, why.reason);
  resolutions[question.index].detail = why.reason;
  lanes[which].waiting.push_back(std::move(question));
}

void bruin_resolver_pool_state::settle(std::size_t index, outcome why, std::string detail) {
  resolutions[index].why = why;
  resolutions[index].detail = std::move(detail);
  if (--unsettled == 0)
    finish();
}

resolver_progress bruin_resolver_pool_state::progress() const {
  const auto now = self->clock().now();
  const auto total = probes ? probes->probes.size() : 0;
  const auto paused = [&](std::size_t which) {
    return lanes[which].breaker.current(now) != circuit_breaker::state::closed;
  };
  return {total - (probes ? unsettled : 0),
          total,
          in_flight,
          limit.value(),
          paused(client_info_lane),
          paused(status_lane)};
}

void bruin_resolver_pool_state::reload(const bruin_settings& next) {
  settings.monitored_statuses = next.monitored_statuses;
  settings.concurrency = next.concurrency;
  limit.most(settings.concurrency);
  step();
}

/// Nothing is in flight and no call may start until a pause ends.
void bruin_resolver_pool_state::wait_for_breakers() {
  if (std::exchange(pausing, true))
    return;
  auto wake_up = time_point::max();
  for (const auto& lane : lanes)
    if (!lane.waiting.empty())
      wake_up = std::min(wake_up, lane.breaker.retry_at());
  const caf::timespan shortest = std::chrono::milliseconds{10};
  self->delayed_send(self, std::max<caf::timespan>(wake_up - self->clock().now(), shortest),
                     tick_atom_v);
}

/// Ends the run at its deadline, or because Bruin is silent. The next run begins with the first
/// device that was not asked about. If Bruin is too slow for all devices, the end of the list would
/// otherwise never be asked about, and its records would become too old.
void bruin_resolver_pool_state::expire() {
  for (const auto& next : lanes[client_info_lane].waiting)
    if (next.attempt == 0) {
      begin_at = next.index;
      break;
    }
  finish(); // devices without a result stay unresolved
}

void bruin_resolver_pool_state::finish() {
  auto result = std::make_shared<const resolution_list>(std::move(resolutions));
  forget_run();
  promise.deliver(resolution_list_ptr{std::move(result)});
}

void bruin_resolver_pool_state::give_up(const std::string& reason) {
  forget_run();
  promise.deliver(make_fault(fault::bad_reply, reason));
}

void bruin_resolver_pool_state::forget_run() {
  probes = nullptr;
  for (auto& lane : lanes)
    lane.waiting.clear();
  resolutions = {};
}

bruin_resolver_pool_actor::behavior_type
bruin_resolver_pool(bruin_resolver_pool_state::pointer self, bridge_access bridges,
                    bruin_settings settings, const platform& world) {
  auto& state = self->state;
  state.bridges = std::move(bridges);
  state.lanes[state.client_info_lane].subject = settings.client_info_subject;
  state.lanes[state.status_lane].subject = settings.management_status_subject;
  state.limit = concurrency_limit{settings.concurrency};
  state.settings = std::move(settings);
  state.random = world.make_random();
  state.wall_clock = world.wall_clock;
  return {
      [self](resolve_atom, const probe_list_ptr& list, caf::timespan within,
             const question_clock_ptr& clock) { return self->state.resolve(list, within, clock); },
      [self](status_atom) { return self->state.progress(); },
      [self](reload_atom, const settings_ptr& next) { self->state.reload(next->bruin); },
      [self](expire_atom, std::uint64_t run) {
        if (self->state.probes && self->state.run == run)
          self->state.expire();
      },
      [self](tick_atom) {
        self->state.pausing = false;
        self->state.step();
      },
  };
}

} // namespace hawkeye
