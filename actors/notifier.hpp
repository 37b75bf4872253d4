// Sends one message per incident to Slack and e-mail, over the notifier's subjects: when the
// incident begins, once a day while it lasts, once it affects twice as many devices, and once when
// it is over. The open incidents are stored in Redis, so that no message is sent twice and every
// incident is closed, whichever instance refreshes then. While Redis is not reachable or was
// emptied, this actor's memory is used. A message counts as sent once NATS accepted it. Threading:
// cooperative; one message at a time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/process/platform.hpp"
#include "messages/config/settings.hpp"
#include "messages/history/incidents.hpp"

namespace hawkeye {

/// An incident that may have to be reported.
struct notice {
  enum class kind { begins, ends, list };
  kind about;
  std::string incident, text; ///< the text of a list is empty if there is nothing to list
  std::uint64_t affected = 0; ///< the number of devices that it is about; 0: it has none
};

struct notifier_state {
  using pointer = notifier_actor::stateful_pointer<notifier_state>;
  static inline const char* name = "notifier";

  explicit notifier_state(pointer self) : self{self} {}

  void add(notice x);
  void try_later();
  void drop_waiting();
  std::deque<notice>::iterator first_idle();
  void next();
  void loaded(const std::string& stored);
  void decide();
  bool is_due(const notice& x) const;
  void send(const notice& x);
  void publish(const std::string& subject, const std::string& body);
  void published(bool taken);
  void remember(const notice& x);
  void write();
  void done();

  pointer self;
  nats_gateway_actor gateway;
  redis_worker_actor worker;
  notifier_settings settings;
  std::string service; ///< name of the service, in front of every message
  std::function<std::string()> new_id;
  std::function<timestamp()> wall_clock;
  caf::timespan timeout_limit{}; ///< longest wait for the worker

  std::deque<notice> waiting; ///< one per incident; the first one is being processed
  bool busy = false;
  std::size_t pending_publishes = 0; ///< publishes without a result so far
  bool all_taken = true;             ///< whether NATS accepted all of them so far
  incident_map open;
  /// Changes of `open` that are not in Redis yet; without a value: the incident is over.
  std::map<std::string, std::optional<incident>> unwritten;
  bool writing = false;
  bool timer_set = false; ///< an attempt failed, and a tick is scheduled
};

/// Takes the notifier's settings, the name of the service and the timeout of Redis from `from`.
notifier_actor::behavior_type notifier(notifier_state::pointer self, nats_gateway_actor gateway,
                                       redis_worker_actor worker, const settings& from,
                                       const platform& world);

} // namespace hawkeye
