#include "tests/support/nats_client.hpp"

#include <stdexcept>

#include "tests/support/server_process.hpp"

namespace hawkeye::test {

namespace {

std::string text_of(natsMsg* message) {
  std::string text{natsMsg_GetData(message),
                   static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  natsMsg_Destroy(message);
  return text;
}

} // namespace

nats_client::nats_client(const std::string& url) {
  natsConnection* connection = nullptr;
  const bool connected =
      eventually([&] { return natsConnection_ConnectTo(&connection, url.c_str()) == NATS_OK; });
  if (!connected)
    throw std::runtime_error{"no NATS at " + url};
  connection_ = {connection, natsConnection_Destroy};
}

std::optional<std::string> nats_client::ask(const std::string& subject, std::string_view data,
                                            std::chrono::milliseconds limit) {
  natsMsg* reply = nullptr;
  const auto status =
      natsConnection_Request(&reply, connection_.get(), subject.c_str(), data.data(),
                             static_cast<int>(data.size()), limit.count());
  if (status != NATS_OK)
    return {};
  return text_of(reply);
}

std::vector<std::string> nats_client::ask_many(const std::string& subject, std::string_view data,
                                               std::size_t count, std::chrono::milliseconds limit) {
  natsInbox* inbox = nullptr;
  natsSubscription* subscription = nullptr;
  std::vector<std::string> replies;
  if (natsInbox_Create(&inbox) != NATS_OK
      || natsConnection_SubscribeSync(&subscription, connection_.get(), inbox) != NATS_OK)
    throw std::runtime_error{"cannot subscribe"};
  natsSubscription_SetPendingLimits(subscription, -1, -1);
  for (std::size_t i = 0; i < count; ++i)
    natsConnection_PublishRequest(connection_.get(), subject.c_str(), inbox, data.data(),
                                  static_cast<int>(data.size()));
  const auto until = std::chrono::steady_clock::now() + limit;
  while (replies.size() < count) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    natsMsg* reply = nullptr;
    if (left.count() <= 0
        || natsSubscription_NextMsg(&reply, subscription, left.count()) != NATS_OK)
      break;
    replies.push_back(text_of(reply));
  }
  natsSubscription_Destroy(subscription);
  natsInbox_Destroy(inbox);
  return replies;
}

void nats_client::tell(const std::string& subject, std::string_view data,
                       const std::string& reply_to) {
  const auto size = static_cast<int>(data.size());
  if (reply_to.empty())
    natsConnection_Publish(connection_.get(), subject.c_str(), data.data(), size);
  else
    natsConnection_PublishRequest(connection_.get(), subject.c_str(), reply_to.c_str(), data.data(),
                                  size);
  natsConnection_FlushTimeout(connection_.get(), 5000);
}

} // namespace hawkeye::test
