#include "actors/service_client.hpp"

#include <condition_variable>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>

#include "actors/environment.hpp"
#include "actors/redis_connection.hpp"
#include "actors/redis_worker.hpp"
#include "messages/json_text.hpp"
#include "messages/limits.hpp"
#include "messages/one_line_json.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;

constexpr auto connect_patience = 5s;
constexpr auto reply_patience = 10s;

/// One reply, handed from the connection's thread to the waiting one. Shared, because a late reply
/// may come after we gave up.
class mailbox {
public:
  void put(const bus_message& message) {
    const std::lock_guard lock{mutex_};
    no_responders_ = message.no_responders;
    reply_ = std::string{message.data};
    arrived_.notify_one();
  }

  fallible<std::string> wait() {
    std::unique_lock lock{mutex_};
    if (!arrived_.wait_for(lock, reply_patience, [this] { return reply_.has_value(); }))
      return failure{"no reply within " + std::to_string(reply_patience / 1s) + " s"};
    if (no_responders_)
      return failure{"no service answers this subject: is it running?"};
    return *reply_;
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::optional<std::string> reply_;
  bool no_responders_ = false;
};

/// No object where it is no JSON, so deep that what walks through it could come to the stack's end,
/// or has a number that no double holds.
json parsed(std::string_view text) {
  return is_valid_json(text) ? json::parse(text, nullptr, false) : json{};
}

/// The reply itself, or what is stored in Redis in its place.
fallible<json> whole_reply(const std::string& bytes, const settings& with) {
  auto reply = parsed(bytes);
  if (!reply.is_object())
    return failure{"the reply is no JSON object: " + printable(bytes)};
  if (reply.value("is_stored", json{}) != true)
    return reply;
  const auto token = reply.value("token", json{});
  if (!token.is_string() || !is_token(token.get_ref<const std::string&>()))
    return failure{"the reply stands in Redis under a token of the wrong form"};
  redis_connection redis{with.redis.payload_address, with.redis.key, with.redis.timeout};
  auto stored = redis.recover(token.get<std::string>(), max_reply_bytes);
  if (auto* why = std::get_if<failure>(&stored))
    return *why;
  const auto& payload = std::get<payload_ptr>(stored);
  if (!payload)
    return failure{"the reply stood in Redis, but its token is gone already"};
  auto whole = parsed(payload->view());
  if (!whole.is_object())
    return failure{"what is stored in Redis for the reply is no JSON object"};
  return whole;
}

} // namespace

service_client::service_client(settings with, const std::string& name) : with_{std::move(with)} {
  auto connected = connect_nats(with_.nats, name);
  if (auto* why = std::get_if<failure>(&connected))
    trouble_ = why->reason;
  else
    via_ = std::get<std::shared_ptr<nats_connection>>(std::move(connected));
}

service_client::~service_client() {
  if (via_)
    via_->close();
}

fallible<std::string> service_client::ask_bytes(const std::string& subject,
                                                const std::string& request) {
  if (!via_)
    return failure{trouble_};
  const auto until = std::chrono::steady_clock::now() + connect_patience;
  while (!via_->connected()) { // a client that has nothing else to do may look ten times a second
    if (std::chrono::steady_clock::now() > until)
      return failure{"NATS cannot be reached: " + via_->trouble()};
    std::this_thread::sleep_for(100ms);
  }
  const auto box = std::make_shared<mailbox>();
  const auto inbox = via_->new_inbox();
  if (auto why = via_->subscribe(inbox, {}, [box](const bus_message& x) { box->put(x); }))
    return *why;
  auto reply = [&]() -> fallible<std::string> {
    if (auto why = via_->publish(subject, inbox, request))
      return *why;
    return box->wait();
  }();
  via_->unsubscribe(inbox, 100ms);
  return reply;
}

fallible<json> service_client::ask(const std::string& subject, const json& body) {
  return ask_as_it_is(subject, {{"request_id", real_environment().new_id()}, {"body", body}});
}

fallible<json> service_client::ask_as_it_is(const std::string& subject, const json& request) {
  auto bytes = ask_bytes(subject, one_line_json(request));
  if (auto* why = std::get_if<failure>(&bytes))
    return std::move(*why);
  return whole_reply(std::get<std::string>(bytes), with_);
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

int complain(const std::string& reason, int code) {
  std::cerr << "hawkeye-customer-cache: " << reason << '\n';
  return code;
}

int unexpected(const json& reply) {
  return complain("the service answered with status "
                  + printable(reply.value("status", json{}).dump()) + ": " + sentence_of(reply));
}

} // namespace hawkeye
