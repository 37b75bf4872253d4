// NATS on nats.c: one connection, kept alive for ever. A thread of its own, the keeper, makes it,
// and makes it anew when the library gives up (two refused logins, for one); short absences are
// bridged by the library itself, which also restores the subscriptions. What the server does not
// permit is asked for again. Threading: as in nats/client.hpp. Handlers run on the event loop's
// thread, the library's callbacks on threads of the library.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
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
  nats_connection(nats_settings with, std::shared_ptr<natsOptions> options,
                  std::string client_name);
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

  /// What someone subscribed to.
  struct subscription {
    std::string subject, queue;
    std::mutex busy;                           ///< held while `handler` is called or taken away
    nats_handler handler;                      ///< empty once closed: it may hold who holds us
    std::shared_ptr<natsSubscription> current; ///< null: not with the server
    bool wanted = true;
    bool denied = false;      ///< the server does not permit it
    std::size_t refusals = 0; ///< so often
  };
  /// A subscription that is with the server, as the loop sees it.
  struct delivery {
    std::shared_ptr<subscription> to;
    std::shared_ptr<natsSubscription> from;
  };

  /// The server of a connection, without a secret.
  static std::string url_of(natsConnection* connection);
  static void on_disconnected(natsConnection*, void* closure);
  static void on_reconnected(natsConnection*, void* closure);
  static void on_closed(natsConnection*, void* closure);
  static std::int64_t on_still_away(natsConnection*, int, void* closure);
  static void on_error(natsConnection*, natsSubscription*, natsStatus, void* closure);

  // on the loop's thread
  void take_turn();
  void hand_over_all(const delivery& each);
  void hand_over(subscription& to, message_ptr message, std::size_t behind);

  using lock = std::unique_lock<std::mutex>;
  void keep_connected();
  void connect();
  void ask_again(lock& held, const connection_ptr on);
  bool any_denied() const;
  void overflown();
  void denied(std::string_view text);
  std::optional<failure> start(const std::shared_ptr<subscription>& what, const connection_ptr& on);
  connection_ptr current() const;
  void note_problem(std::string_view said);
  void note_connected(const char* how, natsConnection* connection);

  nats_settings with_;
  std::shared_ptr<natsOptions> options_;
  std::string client_name_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  connection_ptr connection_; ///< null: never connected, or given up by the library
  std::vector<std::shared_ptr<subscription>> subscriptions_;
  bool deliveries_changed_ = false; ///< what is with the server, since the loop looked
  std::string problem_ = "not connected yet";
  log_backoff attempts_;                 ///< that found no server
  std::set<std::string> logged_reasons_; ///< of this absence
  std::size_t connects_ = 0;             ///< the first one, and each that followed a loss
  std::chrono::steady_clock::time_point connected_at_{};
  log_backoff short_connections_; ///< in a row that were lost soon
  bool loss_logged_ = true;       ///< the last one; the next connection is then, too
  log_backoff denied_publishes_;
  log_backoff overflows_;
  bool closing_ = false;
  bool closed_ = false; ///< the library has made its last call to us
  std::thread keeper_;
  // of the loop's thread alone
  std::vector<delivery> deliveries_;
  connection_ptr delivering_;
  std::vector<message_ptr> finished_; ///< wait to be freed
  std::size_t finished_bytes_ = 0;
  nats_event_loop loop_{[this] {
    take_turn();
  }};
};

/// Starts to connect, and returns at once whether or not a server is there. A failure: the settings
/// cannot be used (a file that is missing or wrong). `client_name` is how the server lists us.
expected<std::shared_ptr<nats_connection>> connect_nats(const nats_settings& with,
                                                        const std::string& client_name);

} // namespace hawkeye
