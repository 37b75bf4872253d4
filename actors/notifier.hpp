// One message per incident to Slack and e-mail, over the notifier's subjects: when it begins, once
// a day while it lasts, and once when it is over. The open incidents stand in Redis, so that none
// is sent twice and each is closed whichever instance refreshes then; while Redis is away this
// actor's memory has to do. A message counts as sent once NATS took it. Threading: cooperative; one
// message at a time.
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

/// What may have to be sent.
struct notice {
  enum class kind { begins, ends, list };
  kind about;
  std::string incident, text; ///< text of a list: empty where there is nothing to list
};

struct notifier_state {
  using pointer = notifier_actor::stateful_pointer<notifier_state>;
  static inline const char* name = "notifier";

  explicit notifier_state(pointer self) : self{self} {}

  void add(notice x);
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
  std::string service; ///< name in front of every message
  std::function<std::string()> new_id;
  std::function<timestamp()> wall_clock;
  caf::timespan timeout_limit{}; ///< longest wait for the worker

  std::deque<notice> waiting; ///< one per incident; the first is being worked on
  bool busy = false;
  std::size_t on_their_way = 0; ///< messages that NATS has not taken or refused yet
  bool all_taken = true;        ///< so far, of these
  incident_map open;
  /// Changes of `open` that are not in Redis yet; nothing: it is over.
  std::map<std::string, std::optional<incident>> unwritten;
};

/// `timeout`: what the worker's backend takes at most for one call.
notifier_actor::behavior_type notifier(notifier_state::pointer self, nats_gateway_actor gateway,
                                       redis_worker_actor worker, const settings& from,
                                       const platform& world);

} // namespace hawkeye
