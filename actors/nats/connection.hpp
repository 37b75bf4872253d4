// NATS with nats.c, connected for as long as this exists. A thread of its own, the keeper, makes a
// connection, and the next one when it is lost, with all subscriptions. The library could do so,
// but holds up every other caller meanwhile, does not read renewed certificates, and see
// options.cpp. Subscriptions that the server does not permit are retried. Threading: as in
// nats/client.hpp. Handlers run on the event loop's thread, callbacks of the library on its own
// threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <nats/nats.h>

#include "actors/nats/client.hpp"
#include "actors/nats/event_loop.hpp"
#include "messages/base/log_backoff.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

class nats_connection final : public nats_client {
public:
  nats_connection(nats_settings settings, std::string client_name);
  ~nats_connection() override;
  nats_connection(const nats_connection&) = delete;
  nats_connection& operator=(const nats_connection&) = delete;

  std::optional<failure> publish(const std::string& subject, const std::string& reply_to,
                                 std::string_view data) override;
  std::optional<failure> refuse(const std::string& to, std::string_view data, int code,
                                std::string_view sentence) override;
  std::optional<failure> subscribe(const std::string& subject, const std::string& queue,
                                   nats_handler handler) override;
  void unsubscribe(const std::string& subject, std::chrono::milliseconds limit) override;
  std::string new_inbox() override;
  std::optional<std::size_t> max_payload() const override;
  bool connected() const override;
  bool receives(const std::string& subject) const override;
  std::string problem() const override;
  std::size_t reconnects() const override;
  bool flush(std::chrono::milliseconds limit) override;
  void close() override;

private:
  using connection_ptr = std::shared_ptr<natsConnection>;

  struct free_message {
    void operator()(natsMsg* x) const noexcept {
      natsMsg_Destroy(x);
    }
  };
  using message_ptr = std::unique_ptr<natsMsg, free_message>;

  /// A subscription that was requested.
  struct subscription {
    std::string subject, queue;
    std::mutex busy;      ///< held while `handler` is called or cleared
    nats_handler handler; ///< cleared on close, because it may own the owner of this connection
    std::shared_ptr<natsSubscription> current; ///< null: not subscribed at the server
    bool wanted = true;
    bool denied = false;      ///< the server does not permit it
    std::size_t refusals = 0; ///< how often the server refused it
  };
  /// A subscription at the server, as the loop sees it.
  struct delivery {
    std::shared_ptr<subscription> to;
    std::shared_ptr<natsSubscription> from;
  };

  static void on_disconnected(natsConnection*, void* closure);
  static void on_closed(natsConnection*, void* closure);
  static void on_error(natsConnection*, natsSubscription*, natsStatus, void* closure);

  // called on the loop's thread
  void take_turn();
  void hand_over_all(const delivery& each);
  void hand_over(subscription& to, message_ptr message, std::size_t behind);

  using lock = std::unique_lock<std::mutex>;
  void keep_connected();
  void connect();
  expected<connection_ptr> connect_to(const nats_settings& servers,
                                      const std::string& certified_name);
  nats_settings discovered() const;
  void take_over(const connection_ptr& made);
  void drop_connection();
  void note_discovered(natsConnection* on);
  void retry_denied(lock& held, const connection_ptr on);
  bool any_denied() const;
  void note_overflow();
  void denied(std::string_view text);
  std::optional<failure> start(const std::shared_ptr<subscription>& added,
                               const connection_ptr& on);
  connection_ptr current() const;
  void note_problem(std::string_view reason);
  void note_connected(natsConnection* connection);

  nats_settings settings_;
  std::string client_name_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  connection_ptr connection_;           ///< null: not connected
  std::vector<std::string> discovered_; ///< URLs of further servers that others have named
  /// The last host name that a server was reached by: certificates of discovered servers, which are
  /// named by addresses, are for that.
  std::string server_name_;
  std::vector<std::shared_ptr<subscription>> subscriptions_;
  /// `current` of a subscription changed since the loop last looked.
  bool deliveries_changed_ = false;
  std::string problem_ = "not connected yet";
  log_backoff attempts_;                 ///< failed attempts to connect, in a row
  std::set<std::string> logged_reasons_; ///< reasons that were logged during this absence
  std::size_t connects_ = 0; ///< number of connects: the first one, and one after each loss
  std::chrono::steady_clock::time_point connected_at_{};
  log_backoff short_connections_; ///< connections in a row that were lost soon
  /// Whether the last loss was logged; if so, the next connect is logged, too.
  bool loss_logged_ = true;
  log_backoff denied_publishes_;
  log_backoff overflows_;
  bool closing_ = false;
  int unclosed_ = 0; ///< connections whose last callback is still to come
  std::thread keeper_;
  // used by the loop's thread only
  std::vector<delivery> deliveries_;
  connection_ptr delivering_;
  std::vector<message_ptr> finished_; ///< messages that wait to be freed
  std::size_t finished_bytes_ = 0;
  nats_event_loop loop_{[this] {
    take_turn();
  }};
};

/// Starts to connect and returns at once, whether or not a server is reachable. A failure: the
/// settings cannot be used (a missing or wrong file). `client_name` is the name of this client at
/// the server.
expected<std::shared_ptr<nats_connection>> connect_nats(const nats_settings& settings,
                                                        const std::string& client_name);

} // namespace hawkeye
