// The interface to NATS: one connection. Implemented by nats_connection; tests use a fake that
// loses, delays, repeats and corrupts messages. Threading: every member may be called from any
// thread. Handlers run on the connection's thread and must not block, flush or unsubscribe.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "messages/base/result.hpp"

namespace hawkeye {

/// A received message. The views are valid during the handler's call.
struct nats_message {
  std::string_view subject;
  std::string_view reply; ///< empty: no reply is expected
  std::string_view data;
  /// The server's notice that a request had no responders. It arrives on the subscription of the
  /// reply subject, but does not say which request it is about.
  bool no_responders = false;
  std::size_t behind = 0; ///< later messages of the same subscription that have arrived already
};

using nats_handler = std::function<void(const nats_message&)>;

class nats_client {
public:
  virtual ~nats_client() = default;

  /// Sends at once. `reply_to` empty: no reply is expected. A failure says why: not connected,
  /// closed, too large.
  virtual std::optional<failure> publish(const std::string& subject, const std::string& reply_to,
                                         std::string_view data) = 0;

  /// Answers with an error: like publish, with the headers `Nats-Service-Error` (the sentence) and
  /// `Nats-Service-Error-Code` (ADR-32), if the server supports headers.
  virtual std::optional<failure> refuse(const std::string& to, std::string_view data, int code,
                                        std::string_view sentence) = 0;

  /// Subscribes now or, when not connected yet, as soon as connected; survives reconnects. `queue`
  /// empty: every instance gets every message.
  virtual std::optional<failure> subscribe(const std::string& subject, const std::string& queue,
                                           nats_handler handler) = 0;

  /// Ends the subscription: the server stops sending, and messages that it has sent already are
  /// still handled. Returns when the handler will not run again, or after `limit`.
  virtual void unsubscribe(const std::string& subject, std::chrono::milliseconds limit) = 0;

  /// A subject prefix that no other client uses: `_INBOX.<client's name>.<unique>`.
  virtual std::string new_inbox() = 0;

  /// Largest payload that the connected server accepts, in bytes; empty: not connected.
  virtual std::optional<std::size_t> max_payload() const = 0;

  virtual bool connected() const = 0;

  /// True if connected, unless the server does not permit our subscription to this subject.
  virtual bool receives(const std::string& subject) const = 0;

  /// Why it is not connected, or which subscriptions the server does not permit, as a sentence
  /// without secrets. Empty: there is no problem.
  virtual std::string problem() const = 0;

  /// How often a lost connection was restored.
  virtual std::size_t reconnects() const = 0;

  /// Waits until the server has received everything that was published, at most `limit`.
  virtual bool flush(std::chrono::milliseconds limit) = 0;

  /// Ends the connection; no handler runs after it returns.
  virtual void close() = 0;
};

} // namespace hawkeye
