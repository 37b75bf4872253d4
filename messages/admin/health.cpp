#include "messages/admin/health.hpp"

#include <string_view>

#include "messages/base/json_writer.hpp"
#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

using sentences = std::vector<std::string>;

sentences not_alive(const service_status& x) {
  sentences result;
  for (const auto& actor : x.silent)
    result.push_back(actor + " does not answer");
  return result;
}

/// Writes "status" and, if there are any, "reasons". Returns the HTTP status.
int begin(json_writer& out, const sentences& reasons, std::string_view good, std::string_view bad) {
  out.begin_object().member("status", reasons.empty() ? good : bad);
  if (reasons.empty())
    return 200;
  out.key("reasons").begin_array();
  for (const auto& reason : reasons)
    out.value(reason);
  out.end_array();
  return 503;
}

} // namespace

health_page liveness_page(const service_status& x) {
  json_writer out;
  const int status = begin(out, not_alive(x), "up", "down");
  if (!x.redis_problem.empty())
    out.member("redis", x.redis_problem);
  return {status, out.end_object().take() + "\n"};
}

health_page readiness_page(const service_status& x) {
  auto reasons = not_alive(x);
  if (!x.receives_requests)
    reasons.push_back("NATS: " + (x.nats_problem.empty() ? "not connected" : x.nats_problem));
  if (!x.snapshot)
    reasons.emplace_back("no snapshot was built or restored yet");
  else if (!x.joined)
    reasons.emplace_back("the queue group is not joined yet");
  json_writer out;
  const int status = begin(out, reasons, "ready", "not ready");
  const auto in_use_or = [](const std::string& problem) {
    return problem.empty() ? std::string_view{"in use"} : std::string_view{problem};
  };
  out.member("redis", in_use_or(x.redis_problem));
  out.member("payload_redis", in_use_or(x.payload_problem));
  if (status == 200)
    out.member("version", x.snapshot->meta().version).member("devices", x.snapshot->size());
  return {status, out.end_object().take() + "\n"};
}

expected<std::string> sign_of_life(const service_status& x) {
  const auto reasons = not_alive(x);
  if (!reasons.empty())
    return fail("{}", joined(reasons));
  return one_line(x);
}

} // namespace hawkeye
