#include "actors/notifier.hpp"

#include "messages/base/pacing.hpp"
#include "messages/bridges/notice.hpp"

namespace hawkeye {

namespace {

constexpr caf::timespan repeat_after = std::chrono::hours{24};

} // namespace

void notifier_state::begins(const std::string& incident, const std::string& text) {
  const auto now = self->clock().now();
  const auto [known, is_new] = lasting.try_emplace(incident, now);
  if (!is_new && now - known->second < repeat_after)
    return;
  known->second = now;
  tell(incident, text);
}

void notifier_state::ends(const std::string& incident, const std::string& text) {
  if (lasting.erase(incident) > 0)
    tell(incident, text);
}

void notifier_state::ambiguous(const ambiguous_list& serials) {
  if (serials == last_ambiguous)
    return;
  last_ambiguous = serials;
  if (!serials.empty())
    tell("serial numbers with more than one client", ambiguity_text(serials));
}

void notifier_state::tell(const std::string& subject, const std::string& text) {
  if (!with.slack_subject.empty())
    publish(with.slack_subject, slack_body(service, text));
  if (!with.email_subject.empty() && !with.email_recipient.empty())
    publish(with.email_subject,
            email_body("[" + service + "] " + subject, with.email_recipient, text));
}

void notifier_state::publish(const std::string& subject, const std::string& body) {
  self->send(gateway, publish_atom_v, subject, bridge_request(new_id(), body));
}

notifier_actor::behavior_type notifier(notifier_state::pointer self, nats_gateway_actor gateway,
                                       notifier_settings with, std::string service,
                                       std::function<std::string()> new_id) {
  auto& state = self->state;
  state.gateway = std::move(gateway);
  state.with = std::move(with);
  state.service = std::move(service);
  state.new_id = std::move(new_id);
  return {
      [self](incident_atom, const std::string& incident, const std::string& text) {
        self->state.begins(incident, text);
      },
      [self](resolved_atom, const std::string& incident, const std::string& text) {
        self->state.ends(incident, text);
      },
      [self](email_atom, const ambiguous_list& serials) { self->state.ambiguous(serials); },
  };
}

} // namespace hawkeye
