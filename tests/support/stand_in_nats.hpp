// The stand-in's hold on nats.c: connections, subscriptions and messages that end by themselves.
#pragma once

#include <memory>
#include <string>

#include <nats/nats.h>

#include "messages/base/result.hpp"

namespace hawkeye::stand_in {

struct nats_closer {
  void operator()(natsConnection* x) const {
    natsConnection_Destroy(x);
  }
  void operator()(natsSubscription* x) const {
    natsSubscription_Destroy(x);
  }
  void operator()(natsMsg* x) const {
    natsMsg_Destroy(x);
  }
  void operator()(natsOptions* x) const {
    natsOptions_Destroy(x);
  }
};

using connection_ptr = std::unique_ptr<natsConnection, nats_closer>;
using subscription_ptr = std::unique_ptr<natsSubscription, nats_closer>;
using message_ptr = std::unique_ptr<natsMsg, nats_closer>;
using nats_options_ptr = std::unique_ptr<natsOptions, nats_closer>;

/// Connects; `patient`: waits for a server that is not there yet, and comes back to it for ever.
expected<connection_ptr> connect(const std::string& url, bool patient);

} // namespace hawkeye::stand_in
