#include "messages/admin/service_status.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/base/json.hpp"
#include "messages/base/json_value.hpp"
#include "messages/base/limits.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;

/// More than one in this many devices carried over is a problem, as in the alert
/// HawkeyeCacheCarriedOver.
constexpr std::size_t carried_part = 10;

/// Maximum characters of a problem that another instance reports.
constexpr std::size_t longest_problem = 1000;

json time(const std::optional<timestamp>& x) {
  return x ? json(to_string(*x)) : json();
}

json counts_of(const outcome_counts& x) {
  json result = json::object();
  for (const auto which : all_outcomes)
    result[std::string{to_string(which)}] = x[which];
  return result;
}

json snapshot_part(const service_status& x) {
  if (!x.snapshot)
    return {};
  const auto& meta = x.snapshot->meta();
  const auto age = age_of(x);
  return {{"version", meta.version},
          {"built_at", time(meta.built_at)},
          {"age_s", age ? json(*age) : json()},
          {"devices", x.snapshot->size()},
          {"bytes", x.snapshot->array().size()},
          {"outcomes", counts_of(meta.counts)},
          {"carried_over", x.snapshot->served_as()[outcome::carried_over]},
          {"removals_waiting", removals_waiting(*x.snapshot)},
          {"oldest_record", time(oldest_record(*x.snapshot))}};
}

json text_or_null(std::string_view x) {
  return x.empty() ? json() : json(x);
}

json end_part(const refresh_end& x) {
  return {{"at", to_string(x.at)},
          {"trigger", to_string(x.trigger)},
          {"serial_number", text_or_null(x.serial_number)},
          {"result", to_string(x.result)},
          {"reason", text_or_null(x.reason)}};
}

json refresh_part(const service_status& x) {
  const auto& r = x.refresh;
  const auto* last = r.recent.empty() ? nullptr : &r.recent.front();
  json result{{"running", r.running},
              {"phase", text_or_null(to_string(r.phase))},
              {"trigger", r.running ? json(to_string(r.trigger)) : json()},
              {"serial_number", text_or_null(r.serial_number)},
              {"started_at", r.running ? time(r.started) : json()},
              {"resolved", x.resolver.resolved},
              {"total", x.resolver.total},
              {"next_at", time(r.next)},
              {"ended", r.ended},
              {"last_result", last ? json(to_string(last->result)) : json()},
              {"last_reason", last ? text_or_null(last->reason) : json()},
              {"recent", json::array()},
              {"failures_in_a_row", r.failures},
              {"instance", x.instance}};
  for (const auto& end : r.recent)
    result["recent"].push_back(end_part(end));
  return result;
}

std::string_view bridge_state(call_result last_call, bool paused) {
  if (paused)
    return "paused";
  if (last_call == call_result::none_yet)
    return "not_asked";
  return last_call == call_result::answered ? "answers" : "fails";
}

json bridges_part(const service_status& x) {
  const auto& r = x.resolver;
  return {
      {"hawkeye", bridge_state(x.calls.hawkeye, false)},
      {"client_info", bridge_state(x.calls.client_info, r.client_info_paused)},
      {"management_status", bridge_state(x.calls.management_status, r.management_status_paused)},
      {"in_flight", r.in_flight},
      {"limit", r.limit}};
}

json server(const std::string& problem) {
  return {{"ok", problem.empty()}, {"trouble", text_or_null(problem)}};
}

void add_snapshot_problems(std::vector<std::string>& to, const service_status& x) {
  if (!x.snapshot) {
    to.emplace_back("no snapshot was built or restored yet");
    return;
  }
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(2 * x.interval).count();
  if (const auto age = age_of(x); age && *age > std::max<std::int64_t>(most, 60))
    to.push_back(fmt::format("the snapshot is {} s old, more than two refresh intervals", *age));
  const auto carried = x.snapshot->served_as()[outcome::carried_over];
  if (carried * carried_part > x.snapshot->size())
    to.push_back(
        fmt::format("Bruin did not answer for {} of {} devices: their last good records stand in",
                    carried, x.snapshot->size()));
  if (const auto waiting = removals_waiting(*x.snapshot); waiting > 0)
    to.push_back(
        fmt::format("{} of {} devices wait to be removed: a second answer has to confirm it",
                    waiting, x.snapshot->size()));
}

std::vector<std::string> own_problems(const service_status& x) {
  std::vector<std::string> result;
  for (const auto& actor : x.silent)
    result.push_back(actor + " does not answer");
  if (!x.nats_problem.empty())
    result.push_back("NATS: " + x.nats_problem);
  if (!x.redis_problem.empty())
    result.push_back("Redis: " + x.redis_problem);
  if (!x.payload_problem.empty() && x.payload_problem != x.redis_problem)
    result.push_back("Redis for payloads: " + x.payload_problem);
  add_snapshot_problems(result, x);
  return result;
}

std::vector<std::string> refresh_problems(const service_status& x) {
  std::vector<std::string> result;
  const auto& recent = x.refresh.recent;
  // A failed refresh of a single device only concerns the client that requested it.
  const auto last = std::find_if(recent.begin(), recent.end(),
                                 [](const refresh_end& one) { return one.serial_number.empty(); });
  if (x.refresh.failures > 0)
    result.push_back(fmt::format("the last {} published nothing{}",
                                 x.refresh.failures == 1
                                     ? "refresh attempt"
                                     : fmt::format("{} refresh attempts", x.refresh.failures),
                                 last == recent.end() ? "" : ": " + last->reason));
  for (const auto& [paused, question] :
       {std::pair{x.resolver.client_info_paused, "client info"},
        {x.resolver.management_status_paused, "management status"}})
    if (paused)
      result.push_back(fmt::format(
          "Bruin fails too often when asked for the {}: such calls are paused, but for trials",
          question));
  return result;
}

} // namespace

std::string_view to_string(refresh_phase x) noexcept {
  constexpr std::array<std::string_view, 5> names{"", "fetching", "resolving", "building",
                                                  "publishing"};
  return names[static_cast<std::size_t>(x)];
}

std::string_view to_string(lease_state x) noexcept {
  constexpr std::array<std::string_view, 6> names{"",        "undecided",  "ours",
                                                  "another", "redis_away", "aside"};
  return names[static_cast<std::size_t>(x)];
}

std::vector<std::string> problems_of(const service_status& x) {
  auto result = own_problems(x);
  // Only the instance that refreshes knows whether refreshes succeed.
  const auto more = x.leader                          ? x.leader->problems
                    : x.lease == lease_state::another ? std::vector<std::string>{}
                                                      : refresh_problems(x);
  result.insert(result.end(), more.begin(), more.end());
  if (x.leader_silent)
    result.emplace_back("the instance that refreshes does not answer");
  return result;
}

std::string one_line(const service_status& x) {
  std::string result;
  if (x.snapshot)
    result = fmt::format("serves {} devices, version {}", x.snapshot->size(),
                         x.snapshot->meta().version);
  for (const auto& problem : problems_of(x))
    result += (result.empty() ? "" : "; ") + problem;
  return result;
}

std::optional<std::int64_t> age_of(const service_status& x) {
  if (!x.snapshot || !x.snapshot->meta().built_at)
    return {};
  return std::max<std::int64_t>(0, x.now.seconds - x.snapshot->meta().built_at->seconds);
}

std::optional<timestamp> oldest_record(const snapshot& x) {
  const auto built_at = x.meta().built_at;
  if (x.oldest_carried() == 0)
    return built_at;
  const auto oldest = to_timestamp(x.oldest_carried());
  return built_at ? std::min(*built_at, oldest) : oldest;
}

std::uint64_t removals_waiting(const snapshot& x) {
  return x.served_as()[outcome::not_listed] + x.served_as()[outcome::removal_unconfirmed];
}

std::string write_status(const service_status& x) {
  const auto problems = problems_of(x);
  json result{
      {"healthy", problems.empty()},
      {"problems", problems},
      {"service",
       {{"name", x.name},
        {"environment", x.environment},
        {"instance", x.instance},
        {"started_at", to_string(x.started)},
        {"uptime_s", x.now.seconds - x.started.seconds}}},
      {"snapshot", snapshot_part(x)},
      {"refresh", refresh_part(x)},
      {"lease", to_string(x.lease)},
      {"nats", server(x.nats_problem)},
      {"redis", server(x.redis_problem)},
      {"payload_redis", server(x.payload_problem)},
      {"bridges", bridges_part(x)},
      {"build",
       {{"version", x.build.version}, {"compiler", x.build.compiler}, {"caf", x.build.caf}}}};
  result["nats"]["reconnects"] = x.nats_reconnects;
  if (x.leader) {
    result["refresh"] = json::parse(x.leader->refresh);
    result["bridges"] = json::parse(x.leader->bridges);
  }
  return one_line_json(result);
}

std::string write_leader_view(const service_status& x) {
  return one_line_json(json{{"refresh", refresh_part(x)},
                            {"bridges", bridges_part(x)},
                            {"problems", refresh_problems(x)}});
}

std::optional<leader_view> read_leader_view(std::string_view raw) {
  if (raw.size() > max_leader_view_bytes)
    return {};
  const auto read = read_json<json>(raw);
  if (!read.is_object())
    return {};
  const auto part = [&read](const char* name) {
    return read.value(name, json());
  };
  const auto refresh = part("refresh"), bridges = part("bridges"), problems = part("problems");
  if (!refresh.is_object() || !bridges.is_object() || !problems.is_array())
    return {};
  leader_view result{one_line_json(refresh), one_line_json(bridges), {}};
  for (const auto& problem : problems)
    if (problem.is_string())
      result.problems.push_back(printable(problem.get_ref<const std::string&>(), longest_problem));
  return result;
}

} // namespace hawkeye
