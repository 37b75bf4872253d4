#include "messages/service_status.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;

json time(const std::optional<moment>& x) {
  return x ? json(to_string(*x)) : json();
}

json counts_of(const outcome_counts& x) {
  json result = json::object();
  for (std::size_t i = 0; i < outcome_count; ++i)
    result[std::string{to_string(static_cast<outcome>(i))}] = x.values[i];
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
          {"carried_over", meta.carried.size()},
          {"oldest_record", time(oldest_record(*x.snapshot))}};
}

json progress_part(const service_status& x) {
  const auto& r = x.refresh;
  return {{"running", r.running},
          {"phase", r.phase.empty() ? json() : json(r.phase)},
          {"trigger", r.running ? json(to_string(r.trigger)) : json()},
          {"started_at", r.running ? time(r.started) : json()},
          {"resolved", x.resolver.resolved},
          {"total", x.resolver.total},
          {"next_at", time(r.next)},
          {"ended", r.ended},
          {"last_result", r.last_result.empty() ? json() : json(r.last_result)},
          {"last_reason", r.last_reason.empty() ? json() : json(r.last_reason)},
          {"failures_in_a_row", r.failures},
          {"instance", x.instance}};
}

json server(const std::string& trouble) {
  return {{"ok", trouble.empty()}, {"trouble", trouble.empty() ? json() : json(trouble)}};
}

std::string text(const json& x) {
  return x.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

std::vector<std::string> problems_of(const service_status& x) {
  std::vector<std::string> result;
  for (const auto& who : x.silent)
    result.push_back(who + " does not answer");
  if (!x.nats_trouble.empty())
    result.push_back("NATS: " + x.nats_trouble);
  if (!x.redis_trouble.empty())
    result.push_back("Redis: " + x.redis_trouble);
  if (!x.payload_trouble.empty() && x.payload_trouble != x.redis_trouble)
    result.push_back("Redis for payloads: " + x.payload_trouble);
  if (!x.snapshot)
    result.emplace_back("no snapshot was built or restored yet");
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(2 * x.interval).count();
  if (const auto age = age_of(x); age && *age > std::max<std::int64_t>(most, 60))
    result.push_back("the snapshot is " + std::to_string(*age)
                     + " s old, more than two refresh intervals");
  if (x.refresh.failures > 0)
    result.push_back("the last " + std::to_string(x.refresh.failures)
                     + " refresh attempts published nothing: " + x.refresh.last_reason);
  else if (x.refresh.last_result == "held")
    result.push_back(x.refresh.last_reason);
  if (x.resolver.client_info_paused || x.resolver.management_status_paused)
    result.emplace_back("Bruin answers nothing, calls to it are paused");
  return result;
}

std::optional<std::int64_t> age_of(const service_status& x) {
  if (!x.snapshot || !x.snapshot->meta().built_at)
    return {};
  return std::max<std::int64_t>(0, x.now.seconds - x.snapshot->meta().built_at->seconds);
}

std::optional<moment> oldest_record(const snapshot& x) {
  std::optional<moment> result;
  for (const auto& mark : x.meta().carried)
    result = result ? std::min(*result, mark.since) : mark.since;
  return result;
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
      {"refresh", progress_part(x)},
      {"lease", x.lease},
      {"nats", server(x.nats_trouble)},
      {"redis", server(x.redis_trouble)},
      {"payload_redis", server(x.payload_trouble)},
      {"bridges",
       {{"in_flight", x.resolver.in_flight},
        {"limit", x.resolver.limit},
        {"client_info", x.resolver.client_info_paused ? "paused" : "asked"},
        {"management_status", x.resolver.management_status_paused ? "paused" : "asked"}}},
      {"build",
       {{"version", x.build.version}, {"compiler", x.build.compiler}, {"caf", x.build.caf}}}};
  result["nats"]["reconnects"] = x.nats_reconnects;
  if (auto theirs = json::parse(x.leader, nullptr, false); theirs.is_object())
    result["refresh"] = std::move(theirs); // of the instance that refreshes
  return text(result);
}

std::string write_progress(const service_status& x) {
  return text(progress_part(x));
}

} // namespace hawkeye
