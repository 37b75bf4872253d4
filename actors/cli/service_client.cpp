#include "actors/cli/service_client.hpp"

#include <future>
#include <thread>

#include "actors/process/platform.hpp"
#include "actors/redis/connection.hpp"
#include "actors/redis_worker.hpp"
#include "messages/base/json.hpp"
#include "messages/base/json_value.hpp"
#include "messages/base/limits.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;

constexpr auto connect_timeout = 5s;
constexpr auto reply_timeout = 10s;

/// The reply itself, or the one stored in Redis in its place.
expected<json> whole_reply(const std::string& bytes, const settings& settings) {
  auto reply = read_json<json>(bytes);
  if (!reply.is_object())
    return fail("the reply is no JSON object: " + printable(bytes));
  if (reply.value("is_stored", json{}) != true)
    return reply;
  const auto token = reply.value("token", json{});
  if (!token.is_string() || !is_token(token.get_ref<const std::string&>()))
    return fail("the reply stands in Redis under a token of the wrong form");
  const auto& address = settings.redis.payload_address;
  redis_connection redis{address, settings.redis.key, settings.redis.timeout,
                         settings.redis.key_of(address)};
  auto stored = redis.recover(token.get<std::string>(), max_reply_bytes);
  if (auto* why = error_of(stored))
    return fail(*why);
  const auto& payload = *stored;
  if (!payload)
    return fail("the reply stood in Redis, but its token is gone already");
  auto whole = read_json<json>(payload->view());
  if (!whole.is_object())
    return fail("what is stored in Redis for the reply is no JSON object");
  return whole;
}

} // namespace

service_client::service_client(hawkeye::settings settings, const std::string& name)
    : settings_{std::move(settings)}, connection_{connect_nats(settings_.nats, name)} {}

expected<std::string> service_client::ask_bytes(const std::string& subject,
                                                const std::string& request) {
  if (const auto* why = error_of(connection_))
    return fail(*why);
  auto& nats = **connection_;
  const auto until = std::chrono::steady_clock::now() + connect_timeout;
  // Polling is good enough for a client that has nothing else to do.
  while (!nats.connected()) {
    if (std::chrono::steady_clock::now() > until)
      return fail("NATS cannot be reached: " + nats.problem());
    std::this_thread::sleep_for(100ms);
  }
  // Shared, because a late reply may arrive after the wait has ended.
  const auto first = std::make_shared<std::promise<expected<std::string>>>();
  const auto take = [first, subject, taken = false](const nats_message& x) mutable {
    if (taken || is_stream_acknowledgement(x.data)) // the service's own reply is still to come
      return;
    taken = true;
    if (x.no_responders)
      first->set_value(fail("no service answers {}: is it running?", subject));
    else
      first->set_value(std::string{x.data});
  };
  const auto inbox = nats.new_inbox();
  if (auto why = nats.subscribe(inbox, {}, take))
    return fail(*why);
  auto reply = first->get_future();
  expected<std::string> result = fail("no reply within {} s", reply_timeout / 1s);
  if (auto why = nats.publish(subject, inbox, request))
    result = fail(*why);
  else if (reply.wait_for(reply_timeout) == std::future_status::ready)
    result = reply.get();
  nats.unsubscribe(inbox, 100ms);
  return result;
}

expected<json> service_client::ask(const std::string& subject, const json& body) {
  return ask_raw(subject, {{"request_id", real_platform().new_id()}, {"body", body}});
}

expected<json> service_client::ask_raw(const std::string& subject, const json& request) {
  auto bytes = ask_bytes(subject, one_line_json(request));
  if (auto* why = error_of(bytes))
    return fail(std::move(*why));
  return whole_reply(*bytes, settings_);
}

int status_of(const json& reply) {
  const auto found = reply.find("status");
  return found != reply.end() && found->is_number_integer() ? found->get<int>() : -1;
}

std::string sentence_of(const json& reply) {
  const auto body = reply.value("body", json{});
  const auto text = body.is_string() ? body.get<std::string>() : one_line_json(body);
  return printable(text);
}

int unexpected(const json& reply) {
  return print_error("the service answered with status "
                     + printable(reply.value("status", json{}).dump()) + ": " + sentence_of(reply));
}

} // namespace hawkeye
