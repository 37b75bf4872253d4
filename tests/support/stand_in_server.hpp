// hawkeye-bridge, bruin-bridge and the notifier, played on real NATS. One delivery thread takes the
// calls, the timer's thread answers those that wait; neither ever sleeps over a call.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/stand_in_nats.hpp"
#include "tests/support/stand_in_redis.hpp"
#include "tests/support/stand_in_state.hpp"
#include "tests/support/stand_in_timer.hpp"

namespace hawkeye::stand_in {

class server {
public:
  server(connection_ptr via, std::string redis_url, const options& with);
  ~server();

  /// Subscribes; what went wrong, if anything.
  std::optional<std::string> open();

private:
  /// What a subscription's callback is given. Lives as long as the server.
  struct channel {
    server* self;
    void (server::*take)(std::size_t number, natsMsg* message);
    std::size_t number;
    const char* subject;
    subscription_ptr subscription;
  };

  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure);
  void take_call(std::size_t number, natsMsg* message);
  void take_notice(std::size_t number, natsMsg* message);
  void take_question(std::size_t number, natsMsg* message);
  bool subscribe(channel& to);
  bool settle_subscriptions();
  void serve(const call& asked, const state::plan& how, const std::string& to);
  void send(bridge from, const reply& what, const std::string& to);
  bool send_plainly_or_parked(const std::string& to, const std::string& text);
  void send_no_responders(const std::string& to);
  std::size_t limit() const;

  connection_ptr via_;
  redis_shelf shelf_;
  state state_;
  std::vector<std::unique_ptr<channel>> channels_; ///< the three bridges' first
  timer timer_;                                    // ends first: its tasks use all of the above
};

} // namespace hawkeye::stand_in
