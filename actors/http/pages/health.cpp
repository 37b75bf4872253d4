#include "actors/http/pages/health.hpp"

#include "actors/http/pages/ask.hpp"
#include "messages/admin/health.hpp"

namespace hawkeye {

namespace {

/// Longer than the admin actor waits for other actors (1 s).
constexpr caf::timespan status_timeout = std::chrono::milliseconds{1500};

} // namespace

std::vector<http_route> health_pages(caf::actor_system& system, const admin_actor& admin) {
  const auto page = [&system, admin](health_page (*judge)(const service_status&)) {
    return [&system, admin, judge](const http_request&, const http_reply& reply) {
      ask_actor<service_status_ptr>(
          system, admin, status_timeout,
          [reply, judge](const expected<service_status_ptr>& status) {
            service_status silent;
            silent.silent = {"admin"};
            auto [code, body] = judge(status ? **status : silent);
            reply({code, std::move(body)});
          },
          status_atom_v);
    };
  };
  return {{"GET", "/_health", page(liveness_page)}, {"GET", "/ready", page(readiness_page)}};
}

} // namespace hawkeye
