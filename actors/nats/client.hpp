// The seam to NATS: one connection. Real: nats_connection. In tests: a fake that loses, delays,
// repeats and corrupts. Threading: every member may be called from any thread; handlers run on
// the connection's thread and must not block, flush or unsubscribe.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "messages/base/result.hpp"

namespace hawkeye {

/// A message as it arrives. The views live as long as the handler's call.
struct nats_message {
  std::string_view subject;
  std::string_view reply; ///< empty: nobody waits for an answer
  std::string_view data;
  /// The server's word that nobody is subscribed to what was asked with a reply subject of this
  /// subscription; which of these it is not said.
  bool no_responders = false;
  std::size_t behind = 0; ///< messages of the same subscription that have arrived since
};

using nats_handler = std::function<void(const nats_message&)>;

class nats_client {
public:
  virtual ~nats_client() = default;

  /// Sends at once. `reply_to` empty: no answer expected. A failure says why (closed, too large,
  /// buffer full while reconnecting). While the server is away messages are buffered up to a limit
  /// and sent on reconnect.
  virtual std::optional<failure> publish(const std::string& subject, const std::string& reply_to,
                                         std::string_view data) = 0;

  /// Answers with an error: as publish, with the headers `Nats-Service-Error` (the sentence) and
  /// `Nats-Service-Error-Code` (ADR-32), where the server knows headers.
  virtual std::optional<failure> refuse(const std::string& to, std::string_view data, int code,
                                        std::string_view sentence) = 0;

  /// Subscribes now or, when not connected yet, as soon as connected; survives reconnects. `queue`
  /// empty: every instance gets every message.
  virtual std::optional<failure> subscribe(const std::string& subject, const std::string& queue,
                                           nats_handler handler) = 0;

  /// Ends the subscription: the server stops sending, what it sent already is still handed out.
  /// Returns when the handler will not run again, or after `limit`.
  virtual void unsubscribe(const std::string& subject, std::chrono::milliseconds limit) = 0;

  /// A subject prefix that nobody else uses: `_INBOX.<client's name>.<unique>`.
  virtual std::string new_inbox() = 0;

  /// Largest payload the connected server takes, in bytes; nothing while never connected.
  virtual std::optional<std::size_t> max_payload() const = 0;

  virtual bool connected() const = 0;

  /// Why not connected, or which subscriptions the server does not permit: in words, without a
  /// secret. Empty while all is well.
  virtual std::string problem() const = 0;

  /// How often a lost connection was found again.
  virtual std::size_t reconnects() const = 0;

  /// Waits until everything published reached the server, at most `limit`.
  virtual bool flush(std::chrono::milliseconds limit) = 0;

  /// Ends the connection; no handler runs after it returns.
  virtual void close() = 0;
};

} // namespace hawkeye
