#include "actors/nats_connection.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "actors/nats_options.hpp"
#include "messages/config.hpp"
#include "messages/limits.hpp"
#include "messages/reply_subject.hpp"

namespace hawkeye {

namespace {

/// The library's callback thread says goodbye within this, or is stuck.
constexpr auto last_call = std::chrono::milliseconds{500};

std::string text_of(natsStatus status) {
  return natsStatus_GetText(status);
}

std::optional<failure> taken(natsStatus s, std::size_t bytes) {
  if (s == NATS_OK)
    return {};
  return failure{"NATS did not take " + std::to_string(bytes) + " bytes: " + text_of(s)};
}

} // namespace

fallible<std::shared_ptr<nats_connection>> connect_nats(const nats_settings& with,
                                                        const std::string& client_name) {
  auto options = nats_options(with, client_name);
  if (auto* why = std::get_if<failure>(&options))
    return std::move(*why);
  return std::make_shared<nats_connection>(
      with, std::get<std::shared_ptr<natsOptions>>(std::move(options)), client_name);
}

nats_connection::nats_connection(nats_settings with, std::shared_ptr<natsOptions> options,
                                 std::string client_name)
    : with_{std::move(with)}, options_{std::move(options)}, client_name_{std::move(client_name)} {
  natsOptions_SetDisconnectedCB(options_.get(), on_disconnected, this);
  natsOptions_SetReconnectedCB(options_.get(), on_reconnected, this);
  natsOptions_SetClosedCB(options_.get(), on_closed, this);
  natsOptions_SetCustomReconnectDelay(options_.get(), on_still_away, this);
  natsOptions_SetErrorHandler(options_.get(), on_error, this);
  keeper_ = std::thread{[this] {
    keep_connected();
  }};
}

nats_connection::~nats_connection() {
  close();
}

nats_connection::connection_ptr nats_connection::current() const {
  const std::lock_guard lock{mutex_};
  return connection_;
}

std::optional<failure> nats_connection::publish(const std::string& subject,
                                                const std::string& reply_to,
                                                std::string_view data) {
  const auto to = current();
  if (!to)
    return failure{"NATS is not connected: " + trouble()};
  const auto size = static_cast<int>(data.size());
  const auto s = reply_to.empty()
                     ? natsConnection_Publish(to.get(), subject.c_str(), data.data(), size)
                     : natsConnection_PublishRequest(to.get(), subject.c_str(), reply_to.c_str(),
                                                     data.data(), size);
  return taken(s, data.size());
}

std::optional<failure> nats_connection::refuse(const std::string& to, std::string_view data,
                                               int code, std::string_view sentence) {
  const auto via = current();
  if (!via || natsConnection_HasHeaderSupport(via.get()) != NATS_OK)
    return publish(to, {}, data);
  natsMsg* raw = nullptr;
  auto s = natsMsg_Create(&raw, to.c_str(), nullptr, data.data(), static_cast<int>(data.size()));
  const message_ptr message{raw};
  for (const auto& [name, value] : {std::pair{"Nats-Service-Error", std::string{sentence}},
                                    std::pair{"Nats-Service-Error-Code", std::to_string(code)}})
    s = s == NATS_OK ? natsMsgHeader_Set(raw, name, value.c_str()) : s;
  s = s == NATS_OK ? natsConnection_PublishMsg(via.get(), raw) : s;
  return taken(s, data.size());
}

std::optional<failure> nats_connection::start(const std::shared_ptr<subscription>& what,
                                              const connection_ptr& on) {
  natsSubscription* raw = nullptr;
  auto with = std::make_unique<delivery>(delivery{what, {}, 0});
  const auto s =
      what->queue.empty()
          ? natsConnection_Subscribe(&raw, on.get(), what->subject.c_str(), on_message, with.get())
          : natsConnection_QueueSubscribe(&raw, on.get(), what->subject.c_str(),
                                          what->queue.c_str(), on_message, with.get());
  if (s != NATS_OK)
    return failure{"cannot subscribe to " + without_secret(what->subject) + ": " + text_of(s)};
  what->current = {raw, natsSubscription_Destroy};
  // Where it has ended already, nobody says when its thread is done: left behind rather than freed
  // too early.
  natsSubscription_SetOnCompleteCB(raw, on_delivered, with.release());
  // Our own inbox is bounded, and answers what is over the bound; here only the memory is guarded.
  natsSubscription_SetPendingLimits(raw, -1, max_nats_bytes);
  return {};
}

std::optional<failure> nats_connection::subscribe(const std::string& subject,
                                                  const std::string& queue, bus_handler handler) {
  const std::lock_guard lock{mutex_};
  const auto wish = std::make_shared<subscription>();
  wish->subject = subject;
  wish->queue = queue;
  wish->handler = std::move(handler);
  subscriptions_.push_back(wish);
  // At once, also while the keeper looks what is permitted: who subscribes may publish next, and
  // the reply must find the subscription there.
  auto why = connection_ ? start(wish, connection_) : std::nullopt;
  // One that ends just now takes nothing; the next one gets all.
  if (why && natsConnection_IsClosed(connection_.get()))
    return {};
  return why;
}

void nats_connection::unsubscribe(const std::string& subject, std::chrono::milliseconds limit) {
  std::shared_ptr<natsSubscription> ending;
  {
    const std::lock_guard lock{mutex_};
    for (auto& wish : subscriptions_)
      if (wish->subject == subject && std::exchange(wish->wanted, false))
        ending = std::move(wish->current);
  }
  if (!ending)
    return;
  // The wait must be ours: while the server is away the library would wait for it.
  if (natsSubscription_DrainTimeout(ending.get(), limit.count()) == NATS_OK)
    natsSubscription_WaitForDrainCompletion(ending.get(), limit.count());
}

std::string nats_connection::new_inbox() {
  natsInbox* raw = nullptr;
  if (natsInbox_Create(&raw) != NATS_OK)
    return {};
  const std::string_view plain{raw};
  auto result = "_INBOX." + client_name_ + std::string{plain.substr(plain.rfind('.'))};
  natsInbox_Destroy(raw);
  return result;
}

std::optional<std::size_t> nats_connection::max_payload() const {
  const auto on = current();
  if (!on)
    return {};
  const auto most = natsConnection_GetMaxPayload(on.get());
  return most > 0 ? std::optional{static_cast<std::size_t>(most)} : std::nullopt;
}

bool nats_connection::connected() const {
  const auto on = current();
  return on && natsConnection_Status(on.get()) == NATS_CONN_STATUS_CONNECTED;
}

std::string nats_connection::trouble() const {
  const std::lock_guard lock{mutex_};
  if (!trouble_.empty() || !any_denied())
    return trouble_;
  std::string subjects;
  for (const auto& wish : subscriptions_)
    if (wish->denied)
      subjects += (subjects.empty() ? "" : ", ") + without_secret(wish->subject);
  return "the server does not permit us to subscribe to " + subjects
         + ": mend our user's permissions (docs/security.md lists them)";
}

std::size_t nats_connection::reconnects() const {
  const std::lock_guard lock{mutex_};
  return connects_ > 0 ? connects_ - 1 : 0;
}

bool nats_connection::flush(std::chrono::milliseconds limit) {
  const auto on = current();
  return on && natsConnection_FlushTimeout(on.get(), limit.count()) == NATS_OK;
}

void nats_connection::close() {
  {
    const std::lock_guard lock{mutex_};
    closing_ = true;
    changed_.notify_all();
  }
  if (keeper_.joinable())
    keeper_.join();
  // No lock of ours here: the library may be waiting for one of our callbacks.
  const auto ending = current();
  if (ending)
    natsConnection_Close(ending.get());
  std::vector<std::shared_ptr<subscription>> all;
  {
    std::unique_lock lock{mutex_};
    // Its callbacks come later, on a thread of the library: none may find us gone.
    if (ending)
      changed_.wait_for(lock, last_call, [this] { return closed_; });
    for (auto& wish : subscriptions_) {
      wish->current.reset();
      all.push_back(wish);
    }
    connection_.reset();
  }
  // Without the lock: a handler that is under way may publish, which takes it.
  for (const auto& wish : all) {
    const std::lock_guard while_not_called{wish->busy};
    wish->handler = nullptr;
  }
}

} // namespace hawkeye
