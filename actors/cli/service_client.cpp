#include "actors/cli/service_client.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
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

/// Passes one reply from the connection's thread to the waiting one. Shared, because a late reply
/// may arrive after the wait has ended.
class mailbox {
public:
  void put(const nats_message& message) {
    if (is_stream_acknowledgement(message.data))
      return; // the service's own reply is still to come
    const std::lock_guard lock{mutex_};
    no_responders_ = message.no_responders;
    reply_ = std::string{message.data};
    arrived_.notify_one();
  }

  expected<std::string> wait(const std::string& subject) {
    std::unique_lock lock{mutex_};
    if (!arrived_.wait_for(lock, reply_timeout, [this] { return reply_.has_value(); }))
      return fail("no reply within " + std::to_string(reply_timeout / 1s) + " s");
    if (no_responders_)
      return fail("no service answers {}: is it running?", subject);
    return *reply_;
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::optional<std::string> reply_;
  bool no_responders_ = false;
};

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
    : settings_{std::move(settings)} {
  auto connected = connect_nats(settings_.nats, name);
  if (auto* why = error_of(connected))
    problem_ = why->reason;
  else
    connection_ = *std::move(connected);
}

service_client::~service_client() {
  if (connection_)
    connection_->close();
}

expected<std::string> service_client::ask_bytes(const std::string& subject,
                                                const std::string& request) {
  if (!connection_)
    return fail(problem_);
  const auto until = std::chrono::steady_clock::now() + connect_timeout;
  // Polling is good enough for a client that has nothing else to do.
  while (!connection_->connected()) {
    if (std::chrono::steady_clock::now() > until)
      return fail("NATS cannot be reached: " + connection_->problem());
    std::this_thread::sleep_for(100ms);
  }
  const auto box = std::make_shared<mailbox>();
  const auto inbox = connection_->new_inbox();
  if (auto why = connection_->subscribe(inbox, {}, [box](const nats_message& x) { box->put(x); }))
    return fail(*why);
  auto reply = [&]() -> expected<std::string> {
    if (auto why = connection_->publish(subject, inbox, request))
      return fail(*why);
    return box->wait(subject);
  }();
  connection_->unsubscribe(inbox, 100ms);
  return reply;
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
