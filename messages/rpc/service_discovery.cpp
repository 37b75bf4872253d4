#include "messages/rpc/service_discovery.hpp"

#include <nlohmann/json.hpp>

#include "messages/base/json_value.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;

json head(const service_identity& x, const char* type) {
  return {{"type", std::string{"io.nats.micro.v1."} + type},
          {"name", x.name},
          {"id", x.id},
          {"version", x.version},
          {"metadata", {{"environment", x.environment}}}};
}

std::string info_response(const service_identity& x) {
  auto result = head(x, "info_response");
  result["description"] = "Which Hawkeye probes belong to which Bruin customers";
  auto& endpoints = result["endpoints"] = json::array();
  for (std::size_t i = 0; i < endpoint_count; ++i)
    endpoints.push_back({{"name", to_string(static_cast<endpoint>(i))},
                         {"subject", x.subjects[i]},
                         {"queue_group", x.queue},
                         {"metadata", json::object()}});
  return one_line_json(result);
}

std::string stats_response(const service_identity& x,
                           const std::array<endpoint_stats, endpoint_count>& stats) {
  auto result = head(x, "stats_response");
  result["started"] = to_string(x.started);
  auto& endpoints = result["endpoints"] = json::array();
  for (std::size_t i = 0; i < endpoint_count; ++i) {
    const auto& one = stats[i];
    const auto average =
        one.requests == 0 ? 0 : one.processing_ns / static_cast<std::int64_t>(one.requests);
    endpoints.push_back({{"name", to_string(static_cast<endpoint>(i))},
                         {"subject", x.subjects[i]},
                         {"queue_group", x.queue},
                         {"num_requests", one.requests},
                         {"num_errors", one.errors},
                         {"last_error", one.last_error},
                         {"processing_time", one.processing_ns},
                         {"average_processing_time", average}});
  }
  return one_line_json(result);
}

/// The verb of a subject that addresses this instance: PING, PING.<name> or PING.<name>.<id>.
/// Empty: it addresses another service.
std::string_view verb_for(const service_identity& who, std::string_view subject) {
  constexpr std::string_view prefix = "$SRV.";
  if (!subject.starts_with(prefix))
    return {};
  subject.remove_prefix(prefix.size());
  const auto verb = subject.substr(0, subject.find('.'));
  const auto rest = subject.substr(verb.size());
  const bool ours = rest.empty() || rest == "." + who.name || rest == "." + who.name + "." + who.id;
  return ours ? verb : std::string_view{};
}

} // namespace

std::string_view to_string(endpoint x) noexcept {
  constexpr std::array<std::string_view, endpoint_count> names{"get", "status", "refresh",
                                                               "explain"};
  return names[static_cast<std::size_t>(x)];
}

std::string discovery_response(const service_identity& who, std::string_view subject,
                               const std::array<endpoint_stats, endpoint_count>& stats) {
  const auto verb = verb_for(who, subject);
  return verb == "PING"    ? one_line_json(head(who, "ping_response"))
         : verb == "INFO"  ? info_response(who)
         : verb == "STATS" ? stats_response(who, stats)
                           : std::string{};
}

} // namespace hawkeye
