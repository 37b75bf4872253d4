#include "tests/support/older_service.hpp"

#include <stdexcept>

#include "actors/process/platform.hpp"
#include "actors/redis/connection.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye::test {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

/// Another order, and a field that is missing becomes null.
json rewritten(const json& devices) {
  auto result = json::array();
  for (auto device = devices.rbegin(); device != devices.rend(); ++device) {
    result.push_back(*device);
    if (result.back().is_object())
      result.back().emplace("extra_field", nullptr);
  }
  return result;
}

} // namespace

older_service::older_service(const std::string& nats_url, const std::string& subject,
                             redis_address payloads, std::size_t most_bytes)
    : payloads_{std::move(payloads)}, most_bytes_{most_bytes} {
  natsConnection* connection = nullptr;
  natsSubscription* subscription = nullptr;
  if (natsConnection_ConnectTo(&connection, nats_url.c_str()) != NATS_OK)
    throw std::runtime_error{"no NATS at " + nats_url};
  connection_ = {connection, natsConnection_Destroy};
  if (natsConnection_QueueSubscribe(&subscription, connection, subject.c_str(), "customer_cache",
                                    on_request, this)
          != NATS_OK
      || natsConnection_Flush(connection) != NATS_OK)
    throw std::runtime_error{"cannot subscribe to " + subject};
  subscription_ = {subscription, [](natsSubscription* x) {
                     natsSubscription_Drain(x);
                     natsSubscription_WaitForDrainCompletion(x, 5000);
                     natsSubscription_Destroy(x);
                   }};
}

void older_service::serve(json devices) {
  const std::lock_guard lock{mutex_};
  devices_ = devices.is_array() ? rewritten(devices) : std::move(devices);
}

json older_service::answer(const json& request) {
  const std::lock_guard lock{mutex_};
  const auto reply = [&](json body, int status) {
    return json{{"request_id", request.value("request_id", json{})},
                {"body", std::move(body)},
                {"status", status}};
  };
  if (!request.contains("body"))
    return reply("You must specify a body", 400);
  if (!devices_.is_array())
    return reply("Cache is still being built", 202);
  const auto text = request["body"].value("last_contact_filter", json{});
  const auto after = text.is_string() ? parse_timestamp(text.get<std::string>()) : std::nullopt;
  auto found = json::array();
  for (const auto& device : devices_) {
    const auto contact =
        device.is_object() ? parse_timestamp(device.value("last_contact", "")) : std::nullopt;
    if (!after || (contact && *contact > *after))
      found.push_back(device);
  }
  return found.empty() ? reply("No devices were found for the specified filters", 404)
                       : reply(std::move(found), 200);
}

std::string older_service::parked(const std::string& reply) {
  const auto token = real_platform().new_id();
  redis_connection redis{payloads_, "unused", 5s};
  if (auto why = redis.offload(token, reply, 300s))
    throw std::runtime_error{why->reason};
  return json{{"token", token}, {"is_stored", true}}.dump(1);
}

void older_service::on_request(natsConnection* connection, natsSubscription*, natsMsg* message,
                               void* self_pointer) {
  auto* self = static_cast<older_service*>(self_pointer);
  const std::string text{natsMsg_GetData(message),
                         static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  auto reply = self->answer(json::parse(text)).dump(1);
  if (reply.size() > self->most_bytes_)
    reply = self->parked(reply);
  natsConnection_PublishString(connection, natsMsg_GetReply(message), reply.c_str());
  natsMsg_Destroy(message);
}

} // namespace hawkeye::test
