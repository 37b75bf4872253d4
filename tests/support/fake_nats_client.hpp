// A bus without a network: what is published is recorded and handed to whoever subscribed, in the
// caller's thread. For actors on the virtual clock. Bridges are functions; what they leave
// unanswered can be answered later, twice or never.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/nats/client.hpp"

namespace hawkeye::test {

struct published_message {
  std::string subject, reply, data;
};

class fake_nats_client : public nats_client {
public:
  std::optional<failure> publish(const std::string& subject, const std::string& reply_to,
                                 std::string_view data) override {
    if (!connected())
      return fail(problem());
    if (too_large_for.contains(subject))
      return fail("the message is larger than the server allows");
    published.push_back({subject, reply_to, std::string{data}});
    if (on_publish)
      on_publish(published.back());
    return {};
  }

  std::optional<failure> refuse(const std::string& to, std::string_view data, int code,
                                std::string_view) override {
    last_error_code = code;
    return publish(to, {}, data);
  }

  std::size_t reconnects() const override {
    return found_again;
  }

  std::optional<failure> subscribe(const std::string& subject, const std::string&,
                                   nats_handler handler) override {
    handlers.insert_or_assign(subject, std::move(handler));
    return {};
  }

  void unsubscribe(const std::string& subject, std::chrono::milliseconds) override {
    handlers.erase(subject);
  }

  std::string new_inbox() override {
    return inbox;
  }

  std::optional<std::size_t> max_payload() const override {
    return limit;
  }

  bool connected() const override {
    return !closed && !away;
  }

  bool receives(const std::string&) const override {
    return connected();
  }

  std::string problem() const override {
    return closed ? "closed" : away ? "disconnected" : "";
  }

  bool flush(std::chrono::milliseconds) override {
    return true;
  }

  void close() override {
    closed = true;
    handlers.clear();
  }

  /// A message arrives: at the exact subject, or at the subscription that ends in `*` above it. Of
  /// `no_responders` only the subscription is known, as with nats.c.
  bool deliver(const std::string& subject, const std::string& reply, std::string_view data,
               bool no_responders = false, std::size_t behind = 0) {
    auto found = handlers.find(subject);
    if (found == handlers.end())
      found = handlers.find(subject.substr(0, subject.rfind('.') + 1) + "*");
    if (found == handlers.end())
      return false;
    const auto handler = found->second; // it may unsubscribe itself
    const auto at = no_responders ? found->first : subject;
    handler({at, reply, data, no_responders, behind});
    return true;
  }

  /// All that was published to a subject.
  std::vector<std::string> sent_to(const std::string& subject) const {
    std::vector<std::string> result;
    for (const auto& message : published)
      if (message.subject == subject)
        result.push_back(message.data);
    return result;
  }

  std::string inbox = "_INBOX.test";
  std::vector<published_message> published;
  std::map<std::string, nats_handler> handlers;
  std::function<void(const published_message&)> on_publish;
  std::optional<std::size_t> limit = 1u << 20;
  std::set<std::string> too_large_for; ///< subjects to which no message may be sent
  bool closed = false;
  bool away = false; ///< not connected
  std::size_t found_again = 0;
  int last_error_code = 0; ///< in the headers of the last answer with an error
};

} // namespace hawkeye::test
