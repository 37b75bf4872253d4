// The bus on nats.c: one connection, kept alive for ever. A thread of its own makes it, and makes
// it anew when the library gives up (two refused logins, for one); short absences are bridged by
// the library itself, which also restores the subscriptions. Threading: as in bus.hpp. Handlers run
// on the library's threads, one per subscription.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <nats/nats.h>

#include "actors/bus.hpp"
#include "messages/growing_distance.hpp"
#include "messages/settings.hpp"

namespace hawkeye {

class nats_connection final : public bus {
public:
  nats_connection(nats_settings with, std::shared_ptr<natsOptions> options);
  ~nats_connection() override;
  nats_connection(const nats_connection&) = delete;
  nats_connection& operator=(const nats_connection&) = delete;

  std::optional<failure> publish(const std::string& subject, const std::string& reply_to,
                                 std::string_view data) override;
  std::optional<failure> refuse(const std::string& to, std::string_view data, int code,
                                std::string_view sentence) override;
  std::optional<failure> subscribe(const std::string& subject, const std::string& queue,
                                   bus_handler handler) override;
  void unsubscribe(const std::string& subject, std::chrono::milliseconds limit) override;
  std::string new_inbox() override;
  std::optional<std::size_t> max_payload() const override;
  bool connected() const override;
  std::string trouble() const override;
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

  /// What someone wants to hear; stands for the whole life of this object, because the library may
  /// still call with it.
  struct subscription {
    std::string subject, queue;
    std::mutex busy;                           ///< held while `handler` is called or taken away
    bus_handler handler;                       ///< empty once closed: it may hold who holds us
    std::shared_ptr<natsSubscription> current; ///< null: not with the server
    bool wanted = true;
    std::vector<message_ptr> finished; ///< waits to be freed; its delivery thread's alone
  };

  /// The server of a connection, without a secret.
  static std::string url_of(natsConnection* connection);
  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure);
  static void on_disconnected(natsConnection*, void* closure);
  static void on_reconnected(natsConnection*, void* closure);
  static void on_closed(natsConnection*, void* closure);

  void keep_connected();
  void connect();
  std::optional<failure> start(subscription& what, const connection_ptr& on);
  connection_ptr current() const;
  void remind();

  nats_settings with_;
  std::shared_ptr<natsOptions> options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  connection_ptr connection_; ///< null: never connected, or given up by the library
  std::vector<std::unique_ptr<subscription>> subscriptions_;
  std::string trouble_ = "not connected yet";
  growing_distance attempts_; ///< that found no server
  std::size_t connects_ = 0;  ///< the first one, and each that followed a loss
  bool closing_ = false;
  bool closed_ = false; ///< the library has made its last call to us
  std::thread keeper_;
};

/// Starts to connect, and returns at once whether or not a server is there. A failure: the settings
/// cannot be used (a file that is missing or wrong). `client_name` is how the server lists us.
fallible<std::shared_ptr<nats_connection>> connect_nats(const nats_settings& with,
                                                        const std::string& client_name);

} // namespace hawkeye
