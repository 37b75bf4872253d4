#include "actors/nats/service_discovery.hpp"

namespace hawkeye {

namespace {

constexpr std::string_view prefix = "$SRV.";

/// The verb of a subject that addresses this instance: PING, PING.<name> or PING.<name>.<id>.
/// Empty: it addresses another service.
std::string_view verb_for(const service_identity& who, std::string_view subject) {
  if (!subject.starts_with(prefix))
    return {};
  subject.remove_prefix(prefix.size());
  const auto verb = subject.substr(0, subject.find('.'));
  const auto rest = subject.substr(verb.size());
  const bool ours = rest.empty() || rest == "." + who.name || rest == "." + who.name + "." + who.id;
  return ours ? verb : std::string_view{};
}

} // namespace

nats_handler answer_discovery(const std::shared_ptr<nats_client>& nats, service_identity who,
                              std::shared_ptr<const metrics_registry> metrics) {
  return [nats = nats.get(), who = std::move(who),
          metrics = std::move(metrics)](const nats_message& message) {
    if (message.reply.empty())
      return;
    const auto verb = verb_for(who, message.subject);
    const std::string to{message.reply};
    if (verb == "PING")
      nats->publish(to, {}, ping_response(who));
    else if (verb == "INFO")
      nats->publish(to, {}, info_response(who));
    else if (verb == "STATS")
      nats->publish(to, {}, stats_response(who, metrics->stats()));
  };
}

} // namespace hawkeye
