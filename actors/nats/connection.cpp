#include "actors/nats/connection.hpp"

#include <algorithm>
#include <memory>
#include <random>

#include <spdlog/spdlog.h>

#include "actors/nats/options.hpp"
#include "messages/base/json.hpp"
#include "messages/base/limits.hpp"
#include "messages/config/config.hpp"
#include "messages/config/login_error_hint.hpp"
#include "messages/rpc/reply_subject.hpp"

namespace hawkeye {

namespace {

/// The library's callback thread says goodbye within this, or is stuck.
constexpr auto last_call = std::chrono::milliseconds{500};

std::optional<failure> taken(natsStatus s, std::size_t bytes) {
  if (s == NATS_OK)
    return {};
  return fail("NATS did not take " + std::to_string(bytes) + " bytes: " + text_of(s));
}

} // namespace

expected<std::shared_ptr<nats_connection>> connect_nats(const nats_settings& with,
                                                        const std::string& client_name) {
  auto options = nats_options(with, client_name);
  if (auto* why = error_of(options))
    return fail(std::move(*why));
  return std::make_shared<nats_connection>(with, *std::move(options), client_name);
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
    return fail("NATS is not connected: " + problem());
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
    return fail("cannot subscribe to " + without_secret(what->subject) + ": " + text_of(s));
  what->current = {raw, natsSubscription_Destroy};
  // Where it has ended already, nobody says when its thread is done: left behind rather than freed
  // too early.
  natsSubscription_SetOnCompleteCB(raw, on_delivered, with.release());
  // Our own inbox is bounded, and answers what is over the bound; here only the memory is guarded.
  natsSubscription_SetPendingLimits(raw, -1, max_nats_bytes);
  return {};
}

std::optional<failure> nats_connection::subscribe(const std::string& subject,
                                                  const std::string& queue, nats_handler handler) {
  const std::lock_guard lock{mutex_};
  const auto request_refresh = std::make_shared<subscription>();
  request_refresh->subject = subject;
  request_refresh->queue = queue;
  request_refresh->handler = std::move(handler);
  subscriptions_.push_back(request_refresh);
  // At once, also while the keeper looks what is permitted: who subscribes may publish next, and
  // the reply must find the subscription there.
  auto why = connection_ ? start(request_refresh, connection_) : std::nullopt;
  // One that ends just now takes nothing; the next one gets all.
  if (why && natsConnection_IsClosed(connection_.get()))
    return {};
  return why;
}

void nats_connection::unsubscribe(const std::string& subject, std::chrono::milliseconds limit) {
  std::shared_ptr<natsSubscription> ending;
  {
    const std::lock_guard lock{mutex_};
    for (auto& request_refresh : subscriptions_)
      if (request_refresh->subject == subject && std::exchange(request_refresh->wanted, false))
        ending = std::move(request_refresh->current);
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

std::string nats_connection::problem() const {
  const std::lock_guard lock{mutex_};
  if (!problem_.empty() || !any_denied())
    return problem_;
  std::string subjects;
  for (const auto& request_refresh : subscriptions_)
    if (request_refresh->denied)
      subjects += (subjects.empty() ? "" : ", ") + without_secret(request_refresh->subject);
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
    for (auto& request_refresh : subscriptions_) {
      request_refresh->current.reset();
      all.push_back(request_refresh);
    }
    connection_.reset();
  }
  // Without the lock: a handler that is under way may publish, which takes it.
  for (const auto& request_refresh : all) {
    const std::lock_guard while_not_called{request_refresh->busy};
    request_refresh->handler = nullptr;
  }
}

// -- The connection's keeper: the thread that makes it, anew where need be, and that finds out what
// the server permits. The server says only "not permitted", later, and of several refusals the
// library keeps the last text: so each subscription is asked for alone once there was one.

namespace {

/// What was not permitted is asked for again after this.
constexpr auto between_pleas = std::chrono::seconds{2};
/// The server's word on a subscription has come by then; later ones raise a doubt, see on_error.
constexpr std::int64_t verdict_ms = 1000;
constexpr auto word_travels = std::chrono::milliseconds{200};
/// So many different reasons of one absence are told as they come.
constexpr std::size_t most_told = 16;

std::string last_error(natsConnection* of) {
  const char* said = nullptr;
  natsConnection_GetLastError(of, &said);
  return said ? said : "";
}

} // namespace

void nats_connection::keep_connected() {
  lock held{mutex_};
  while (!closing_) {
    if (!connection_) {
      held.unlock();
      connect();
      held.lock();
      if (!connection_)
        changed_.wait_for(held, reconnect_wait, [this] { return closing_; });
    } else if (doubt_) {
      connect_anew(held);
    } else if (any_denied()) {
      ask_again(held);
    } else {
      changed_.wait(held);
    }
  }
}

void nats_connection::connect() {
  natsConnection* raw = nullptr;
  const auto s = natsConnection_Connect(&raw, options_.get());
  if (s != NATS_OK) {
    natsStatus of = NATS_OK;
    const char* said = nats_GetLastError(&of);
    return note_problem(of == s && said && *said ? said : natsStatus_GetText(s));
  }
  const connection_ptr made{raw, natsConnection_Destroy};
  lock held{mutex_};
  connection_ = made;
  ++connects_;
  attempts_.over();
  told_.clear();
  problem_.clear();
  doubt_ = false;
  back_at_ = {}; // what is permitted on this one is looked at below
  spdlog::info("connected to NATS at {}", url_of(raw));
  start_all(held, made);
}

/// All at once; one by one where something was not permitted.
void nats_connection::start_all(lock& held, const connection_ptr& on) {
  looking_ = true;
  const auto before = complaints_;
  for (auto& request_refresh : subscriptions_) {
    request_refresh->denied = false;
    if (request_refresh->wanted)
      if (auto why = start(request_refresh, on))
        spdlog::error("{}", why->reason);
  }
  held.unlock();
  natsConnection_FlushTimeout(on.get(), verdict_ms);
  const bool refused = last_error(on.get()).find("Subscription to") != std::string::npos;
  held.lock();
  // Not by iterator: the service may subscribe meanwhile.
  for (std::size_t i = 0; i < subscriptions_.size() && connection_ == on && !closing_; ++i) {
    const auto request_refresh = subscriptions_[i];
    if (!request_refresh->wanted)
      continue;
    if (refused || complaints_ != before)
      request_refresh->denied = start_and_look(held, request_refresh, on);
    else if (!request_refresh->current)
      start(request_refresh, on);
  }
  looking_ = false;
  for (const auto& request_refresh : subscriptions_)
    if (request_refresh->denied)
      spdlog::error("NATS does not permit us to subscribe to {}: mend our user's permissions "
                    "(docs/security.md lists them)",
                    without_secret(request_refresh->subject));
}

/// Whether it was refused.
bool nats_connection::start_and_look(lock& held, const std::shared_ptr<subscription>& what,
                                     const connection_ptr& on) {
  const auto before = complaints_;
  what->current.reset();
  if (auto why = start(what, on)) {
    spdlog::error("{}", why->reason);
    return false;
  }
  held.unlock();
  natsConnection_FlushTimeout(on.get(), verdict_ms);
  const auto said = last_error(on.get());
  held.lock();
  // The text may be of an earlier refusal; a complaint is new.
  return said.find("Subscription to \"" + what->subject + '"') != std::string::npos
         && changed_.wait_for(held, word_travels, [&] { return complaints_ != before; });
}

/// Something is refused, and nobody knows what. Our callback forgets the connection.
void nats_connection::connect_anew(lock& held) {
  doubt_ = false;
  const auto ending = connection_;
  spdlog::warn("NATS does not permit everything that we need: connecting anew to learn what");
  held.unlock();
  natsConnection_Close(ending.get());
  held.lock();
  changed_.wait(held, [&] { return closing_ || connection_ != ending; });
}

void nats_connection::ask_again(lock& held) {
  changed_.wait_for(held, between_pleas, [this] { return closing_ || doubt_ || !connection_; });
  const auto on = connection_;
  looking_ = true;
  for (std::size_t i = 0; i < subscriptions_.size(); ++i) {
    const auto request_refresh = subscriptions_[i];
    if (closing_ || doubt_ || !on || connection_ != on)
      break;
    if (!request_refresh->denied || !request_refresh->wanted)
      continue;
    request_refresh->denied = start_and_look(held, request_refresh, on);
    if (!request_refresh->denied)
      spdlog::info("NATS permits us to subscribe to {} now",
                   without_secret(request_refresh->subject));
  }
  looking_ = false;
}

bool nats_connection::any_denied() const {
  for (const auto& request_refresh : subscriptions_)
    if (request_refresh->denied && request_refresh->wanted)
      return true;
  return false;
}

/// Each reason is told when it first comes, and then at exponentially growing intervals, so that a
/// long absence does not fill the log.
void nats_connection::note_problem(std::string_view said) {
  const std::lock_guard held{mutex_};
  const bool due = attempts_.should_log();
  problem_ = server_list(with_) + ": " + nats_problem(said, with_);
  const bool news = told_.size() < most_told && told_.insert(problem_).second;
  if (news || due)
    spdlog::warn("NATS cannot be reached (attempt {}): {}", attempts_.count(), problem_);
}

// -- The connection's other half: what the library calls, on its own threads.

namespace {

/// The library frees messages on a thread of its own, and wakes it for each: freed many at once,
/// they cost one wake-up. So many, or so many bytes, wait for that.
constexpr std::size_t freed_at_once = 64;
constexpr std::size_t finished_bytes_at_most = 64u << 10;
/// After a reconnect the subscriptions are restored, and refused, within this.
constexpr auto settled = std::chrono::seconds{2};

} // namespace

std::string nats_connection::url_of(natsConnection* connection) {
  char url[512] = "";
  if (natsConnection_GetConnectedUrl(connection, url, sizeof url) != NATS_OK)
    return "?";
  return without_secrets(url);
}

void nats_connection::on_message(natsConnection*, natsSubscription* from, natsMsg* message,
                                 void* closure) {
  auto* with = static_cast<delivery*>(closure);
  int behind = 0;
  natsSubscription_GetPending(from, &behind, nullptr);
  const char* reply = natsMsg_GetReply(message);
  const std::string_view data{natsMsg_GetData(message),
                              static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  {
    const std::lock_guard lock{with->to->busy};
    if (with->to->handler)
      with->to->handler({natsMsg_GetSubject(message), reply ? reply : "", data,
                         natsMsg_IsNoResponders(message),
                         static_cast<std::size_t>(std::max(behind, 0))});
  }
  with->finished.emplace_back(message);
  with->finished_bytes += data.size();
  if (with->finished.size() >= freed_at_once || with->finished_bytes > finished_bytes_at_most) {
    with->finished.clear();
    with->finished_bytes = 0;
  }
}

void nats_connection::on_delivered(void* closure) {
  const std::unique_ptr<delivery> done{static_cast<delivery*>(closure)};
}

void nats_connection::on_disconnected(natsConnection* connection, void* closure) {
  auto* self = static_cast<nats_connection*>(closure);
  const char* last = nullptr;
  natsConnection_GetLastError(connection, &last);
  const std::lock_guard lock{self->mutex_};
  if (self->closing_)
    return;
  self->problem_ = "disconnected";
  if (last && *last)
    self->problem_ += ": " + nats_problem(last, self->with_);
  spdlog::warn("NATS is away: {}", self->problem_);
  self->changed_.notify_all();
}

void nats_connection::on_reconnected(natsConnection* connection, void* closure) {
  auto* self = static_cast<nats_connection*>(closure);
  const std::lock_guard lock{self->mutex_};
  self->problem_.clear();
  self->attempts_.over();
  self->told_.clear();
  self->back_at_ = std::chrono::steady_clock::now();
  ++self->connects_;
  spdlog::info("NATS is back at {}", url_of(connection));
}

/// Called between two attempts of the library to find the server again, on its thread for that; the
/// pause until the next one, in milliseconds.
std::int64_t nats_connection::on_still_away(natsConnection*, int, void* closure) {
  natsStatus status = NATS_OK; // of the last attempt; before the first one: none
  const char* last = nats_GetLastError(&status);
  if (status != NATS_OK)
    static_cast<nats_connection*>(closure)->note_problem(
        last && *last ? last : natsStatus_GetText(status));
  thread_local std::minstd_rand chance{std::random_device{}()}; // not all clients in step
  return reconnect_wait.count() + static_cast<std::int64_t>(chance() % 50);
}

/// What the library or the server complains of while all else goes on. The text is the connection's
/// last one: when several come at once, only the latest is left.
void nats_connection::on_error(natsConnection* connection, natsSubscription*, natsStatus status,
                               void* closure) {
  auto* self = static_cast<nats_connection*>(closure);
  if (status == NATS_SLOW_CONSUMER)
    self->overflown();
  if (status != NATS_NOT_PERMITTED)
    return;
  const char* last = nullptr;
  natsConnection_GetLastError(connection, &last);
  const std::string_view said{last ? last : ""};
  const std::lock_guard lock{self->mutex_};
  ++self->complaints_;
  self->changed_.notify_all();
  if (self->looking_)
    return;
  const bool publishing = said.find("Publish to") != std::string_view::npos;
  if (publishing)
    self->publish_denied(said);
  const bool known = std::any_of(
      self->subscriptions_.begin(), self->subscriptions_.end(), [&](const auto& request_refresh) {
        return request_refresh->denied
               && said.find('"' + request_refresh->subject + '"') != std::string_view::npos;
      });
  const bool just_back = std::chrono::steady_clock::now() - self->back_at_ < settled;
  if (just_back || !(publishing || known))
    self->doubt_ = true;
}

/// At exponentially growing intervals: whoever asks chooses where the reply goes, and must not fill
/// the log.
void nats_connection::publish_denied(std::string_view said) {
  if (denied_publishes_.should_log())
    spdlog::warn("NATS does not permit something ({} times by now): {} (docs/security.md lists "
                 "what is needed)",
                 denied_publishes_.count(), printable(said));
}

void nats_connection::overflown() {
  const std::lock_guard lock{mutex_};
  if (overflows_.should_log())
    spdlog::warn(
        "NATS brings messages faster than they can be looked at: {} MB of one subscription "
        "wait, and what comes now is dropped ({} times by now)",
        max_nats_bytes >> 20, overflows_.count());
}

void nats_connection::on_closed(natsConnection* connection, void* closure) {
  auto* self = static_cast<nats_connection*>(closure);
  const std::lock_guard lock{self->mutex_};
  if (self->closing_) {
    self->closed_ = true;
    self->changed_.notify_all();
    return;
  }
  if (self->connection_.get() != connection)
    return;
  // The library gave up. Its own reference keeps the connection while this callback runs.
  self->connection_.reset();
  for (auto& request_refresh : self->subscriptions_)
    request_refresh->current.reset();
  if (self->problem_.empty())
    self->problem_ = "the connection was closed";
  self->changed_.notify_all();
}

} // namespace hawkeye
