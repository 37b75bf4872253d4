#include "tests/support/older_service.hpp"

#include <stdexcept>

#include "actors/process/platform.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye::test {

namespace {

using nlohmann::json;

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

bool is_after(const json& device, const timestamp& filter) {
  const auto contact =
      device.is_object() ? parse_timestamp(device.value("last_contact", "")) : std::nullopt;
  return contact && *contact > filter;
}

} // namespace

older_service::older_service(const std::string& nats_url, const std::string& subject,
                             const redis_address& redis, std::string key, std::size_t most_bytes)
    : redis_{redisConnect(redis.host.c_str(), redis.port), redisFree}, key_{std::move(key)},
      most_bytes_{most_bytes} {
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

template <class... Ts>
older_service::reply_ptr older_service::command(const char* format, Ts... args) {
  const std::lock_guard lock{mutex_};
  reply_ptr result{static_cast<redisReply*>(redisCommand(redis_.get(), format, args...))};
  if (!result || result->type == REDIS_REPLY_ERROR)
    throw std::runtime_error{std::string{"Redis: "} + (result ? result->str : redis_->errstr)};
  return result;
}

void older_service::serve(const json& devices) {
  if (devices.is_null()) {
    command("DEL %s", key_.c_str());
    return;
  }
  const auto text = (devices.is_array() ? rewritten(devices) : devices).dump(1);
  command("SET %s %b", key_.c_str(), text.data(), text.size());
}

json older_service::stored() {
  const auto reply = command("GET %s", key_.c_str());
  return reply->type == REDIS_REPLY_STRING ? json::parse(reply->str, reply->str + reply->len)
                                           : json{};
}

std::optional<json> older_service::answer(const json& request) {
  const auto reply = [](json body, int status) {
    return json{{"body", std::move(body)}, {"status", status}};
  };
  if (!request.is_object())
    return {};
  if (!request.contains("body"))
    return reply("You must specify {..\"body\":{...}} in the request", 400);
  const auto devices = stored();
  if (devices.empty())
    return reply("Cache is still being built", 202);
  if (!request["body"].is_object())
    return {};
  const auto text = request["body"].value("last_contact_filter", json{});
  if (text.is_null())
    return reply(devices, 200);
  const auto filter =
      text.is_string() ? parse_timestamp(text.get_ref<const std::string&>()) : std::nullopt;
  if (!filter)
    return {};
  auto found = json::array();
  for (const auto& device : devices)
    if (is_after(device, *filter))
      found.push_back(device);
  return found.empty() ? reply(
             "No devices were found for the specified filters: " + request["body"].dump(), 404)
                       : reply(std::move(found), 200);
}

std::string older_service::offloaded(const std::string& reply) {
  const auto token = real_platform().new_id();
  command("SET %s %b EX 300", token.c_str(), reply.data(), reply.size());
  return json{{"token", token}, {"is_stored", true}}.dump(1);
}

void older_service::on_request(natsConnection* connection, natsSubscription*, natsMsg* message,
                               void* self_pointer) {
  auto* self = static_cast<older_service*>(self_pointer);
  const std::shared_ptr<natsMsg> owner{message, natsMsg_Destroy};
  const std::string text{natsMsg_GetData(message),
                         static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  try {
    const auto answer = self->answer(json::parse(text, nullptr, false));
    if (!answer)
      return;
    auto reply = answer->dump(1);
    if (reply.size() > self->most_bytes_)
      reply = self->offloaded(reply);
    natsConnection_PublishString(connection, natsMsg_GetReply(message), reply.c_str());
  } catch (const std::exception&) { // without its Redis it answers nobody
  }
}

} // namespace hawkeye::test
