// One message per incident to Slack and e-mail, over the notifier's subjects: told when it begins,
// once a day while it lasts, and once when it is over. Threading: cooperative.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "actors/interfaces.hpp"
#include "messages/base/pacing.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

struct notifier_state {
  using pointer = notifier_actor::stateful_pointer<notifier_state>;
  static inline const char* name = "notifier";

  explicit notifier_state(pointer self) : self{self} {}

  void begins(const std::string& incident, const std::string& text);
  void ends(const std::string& incident, const std::string& text);
  void ambiguous(const ambiguous_list& serials);
  void publish(const std::string& subject, const std::string& body);
  void tell(const std::string& subject, const std::string& text);

  pointer self;
  nats_gateway_actor gateway;
  notifier_settings with;
  std::function<std::string()> new_id;
  std::string service; ///< name in front of every message
  std::map<std::string, time_point>
      lasting;                   ///< incidents that are not over, and when they were last told
  ambiguous_list last_ambiguous; ///< the list as it was last told
};

notifier_actor::behavior_type notifier(notifier_state::pointer self, nats_gateway_actor gateway,
                                       notifier_settings with, std::string service,
                                       std::function<std::string()> new_id);

} // namespace hawkeye
