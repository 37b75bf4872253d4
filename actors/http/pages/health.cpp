#include "actors/http/pages/health.hpp"

#include <nlohmann/json.hpp>

#include "messages/base/one_line_json.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::json;

/// An actor that does not answer within this is stuck.
constexpr caf::timespan ping_timeout = std::chrono::seconds{1};

http_answer answer(int status, const json& body) {
  return {status, one_line_json(body) + "\n"};
}

std::string in_use_or(const std::string& problem) {
  return problem.empty() ? "in use" : problem;
}

/// What the actors say of themselves, asked from a foreign thread.
struct health {
  json reasons_down = json::array();
  snapshot_ptr current;
  std::string redis, payload_redis; ///< what is wrong with it; empty: nothing
};

health ask(caf::actor_system& system, const redis_store_actor& store,
           const payload_store_actor& payloads, const refresh_scheduler_actor& scheduler) {
  health result;
  caf::scoped_actor self{system};
  const auto down = [&](const char* who) {
    return [&result, who](const caf::error& why) {
      result.reasons_down.push_back(std::string{who} + " does not answer: " + reason_of(why));
    };
  };
  self->request(store, ping_timeout, snapshot_atom_v)
      .receive([&](const snapshot_ptr& x) { result.current = x; }, down("redis_store"));
  self->request(store, ping_timeout, ping_atom_v)
      .receive([&](const std::string& problem) { result.redis = problem; }, down("redis_store"));
  self->request(payloads, ping_timeout, ping_atom_v)
      .receive([&](const std::string& problem) { result.payload_redis = problem; },
               down("payload_store"));
  self->request(scheduler, ping_timeout, ping_atom_v)
      .receive([](bool) {}, down("refresh_scheduler"));
  return result;
}

json readiness(const health& now, const nats_client& via) {
  auto reasons = now.reasons_down;
  if (const auto problem = via.problem(); !problem.empty() || !via.connected())
    reasons.push_back("NATS: " + problem);
  if (!now.current)
    reasons.push_back("no snapshot was built or restored yet");
  return reasons;
}

} // namespace

std::vector<http_route> health_pages(caf::actor_system& system, const service_actors& actors,
                                     std::shared_ptr<nats_client> via) {
  const auto look = [&system, store = actors.store, payloads = actors.payloads,
                     scheduler = actors.scheduler] {
    return ask(system, store, payloads, scheduler);
  };
  const auto health_page = [look](const http_request&) {
    const auto now = look();
    if (now.reasons_down.empty())
      return answer(200, {{"status", "up"}});
    return answer(503, {{"status", "down"}, {"reasons", now.reasons_down}});
  };
  const auto ready_page = [look, via = std::move(via)](const http_request&) {
    const auto now = look();
    const auto reasons = readiness(now, *via);
    json body{{"redis", in_use_or(now.redis)}, {"payload_redis", in_use_or(now.payload_redis)}};
    if (!reasons.empty()) {
      body.update({{"status", "not ready"}, {"reasons", reasons}});
      return answer(503, body);
    }
    body.update({{"status", "ready"},
                 {"version", now.current->meta().version},
                 {"devices", now.current->size()}});
    return answer(200, body);
  };
  return {{"GET", "/_health", health_page}, {"GET", "/ready", ready_page}};
}

} // namespace hawkeye
