#include "actors/nats/connection.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <span>

#include <spdlog/spdlog.h>

#include "actors/nats/options.hpp"
#include "messages/base/json.hpp"
#include "messages/base/limits.hpp"
#include "messages/config/login_error_hint.hpp"
#include "messages/config/text_forms.hpp"
#include "messages/rpc/reply_subject.hpp"

namespace hawkeye {

namespace {

/// The library makes its last callback within this time, or is stuck.
constexpr auto closed_callback_timeout = std::chrono::milliseconds{500};

std::optional<failure> taken(natsStatus s, std::size_t bytes) {
  if (s == NATS_OK)
    return {};
  return fail("NATS did not take " + std::to_string(bytes) + " bytes: " + text_of(s));
}

} // namespace

expected<std::shared_ptr<nats_connection>> connect_nats(const nats_settings& settings,
                                                        const std::string& client_name) {
  const auto options = nats_options(settings, client_name);
  if (const auto* why = error_of(options))
    return fail(*why);
  return std::make_shared<nats_connection>(settings, client_name);
}

nats_connection::nats_connection(nats_settings settings, std::string client_name)
    : settings_{std::move(settings)}, client_name_{std::move(client_name)} {
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
  const auto s = loop_.publish(to.get(), [&] {
    return reply_to.empty() ? natsConnection_Publish(to.get(), subject.c_str(), data.data(), size)
                            : natsConnection_PublishRequest(to.get(), subject.c_str(),
                                                            reply_to.c_str(), data.data(), size);
  });
  return taken(s, data.size());
}

std::optional<failure> nats_connection::refuse(const std::string& to, std::string_view data,
                                               int code, std::string_view sentence) {
  const auto connection = current();
  if (!connection || natsConnection_HasHeaderSupport(connection.get()) != NATS_OK)
    return publish(to, {}, data);
  natsMsg* raw = nullptr;
  auto s = natsMsg_Create(&raw, to.c_str(), nullptr, data.data(), static_cast<int>(data.size()));
  const message_ptr message{raw};
  for (const auto& [name, value] : {std::pair{"Nats-Service-Error", std::string{sentence}},
                                    std::pair{"Nats-Service-Error-Code", std::to_string(code)}})
    s = s == NATS_OK ? natsMsgHeader_Set(raw, name, value.c_str()) : s;
  if (s == NATS_OK)
    s = loop_.publish(connection.get(),
                      [&] { return natsConnection_PublishMsg(connection.get(), raw); });
  return taken(s, data.size());
}

std::optional<failure> nats_connection::start(const std::shared_ptr<subscription>& added,
                                              const connection_ptr& on) {
  natsSubscription* raw = nullptr;
  // Sent at once, because a client may send requests as soon as it knows that the service is ready.
  const auto s = loop_.publish(on.get(), [&] {
    return added->queue.empty()
               ? natsConnection_SubscribeSync(&raw, on.get(), added->subject.c_str())
               : natsConnection_QueueSubscribeSync(&raw, on.get(), added->subject.c_str(),
                                                   added->queue.c_str());
  });
  if (s != NATS_OK)
    return fail("cannot subscribe to " + without_secret(added->subject) + ": " + text_of(s));
  added->current = {raw, natsSubscription_Destroy};
  deliveries_changed_ = true;
  // Our own inbox is bounded and answers requests beyond its bound. This limit only protects the
  // memory.
  natsSubscription_SetPendingLimits(raw, -1, max_nats_bytes);
  return {};
}

std::optional<failure> nats_connection::subscribe(const std::string& subject,
                                                  const std::string& queue, nats_handler handler) {
  const std::lock_guard lock{mutex_};
  const auto each = std::make_shared<subscription>();
  each->subject = subject;
  each->queue = queue;
  each->handler = std::move(handler);
  subscriptions_.push_back(each);
  // Subscribed at once: the caller may publish next, and the reply must find the subscription.
  auto why = connection_ ? start(each, connection_) : std::nullopt;
  // A connection that is just closing refuses; the next connection gets all subscriptions.
  if (why && natsConnection_IsClosed(connection_.get()))
    return {};
  return why;
}

void nats_connection::unsubscribe(const std::string& subject, std::chrono::milliseconds limit) {
  std::shared_ptr<subscription> ending;
  std::shared_ptr<natsSubscription> from;
  {
    const std::lock_guard lock{mutex_};
    for (auto& each : subscriptions_)
      if (each->subject == subject && std::exchange(each->wanted, false))
        ending = each, from = each->current;
  }
  if (!from)
    return;
  // We wait ourselves, because the library would wait for the server while that is not reachable.
  if (natsSubscription_DrainTimeout(from.get(), limit.count()) == NATS_OK)
    natsSubscription_WaitForDrainCompletion(from.get(), limit.count());
  const std::lock_guard lock{mutex_};
  if (ending->current == from)
    ending->current.reset();
  deliveries_changed_ = true;
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

bool nats_connection::receives(const std::string& subject) const {
  if (!connected())
    return false;
  const std::lock_guard lock{mutex_};
  return std::none_of(subscriptions_.begin(), subscriptions_.end(),
                      [&](const auto& x) { return x->denied && x->subject == subject; });
}

std::string nats_connection::problem() const {
  const std::lock_guard lock{mutex_};
  if (!problem_.empty() || !any_denied())
    return problem_;
  std::string subjects;
  for (const auto& each : subscriptions_)
    if (each->denied)
      subjects += (subjects.empty() ? "" : ", ") + without_secret(each->subject);
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
  // Not under our lock: the library may be waiting for one of our callbacks.
  const auto ending = current();
  if (ending)
    natsConnection_Close(ending.get());
  std::vector<std::shared_ptr<subscription>> all;
  {
    std::unique_lock lock{mutex_};
    // Its callbacks come later, on a thread of the library, and need this object.
    changed_.wait_for(lock, closed_callback_timeout, [this] { return unclosed_ == 0; });
    for (auto& each : subscriptions_) {
      each->current.reset();
      all.push_back(each);
    }
    connection_.reset();
    deliveries_changed_ = true;
  }
  // Without the lock: a running handler may publish, which takes the lock.
  for (const auto& each : all) {
    const std::lock_guard while_not_called{each->busy};
    each->handler = nullptr;
  }
}

// -- the keeper: the thread that connects and reconnects ----------------------------------------

namespace {

/// A subscription that was not permitted is retried after this.
constexpr auto denied_retry_interval = std::chrono::seconds{2};
/// The server refuses a subscription before it answers a flush. The refusal is reported on a thread
/// of the library, which gets this much longer.
constexpr std::int64_t flush_ms = 1000;
constexpr auto refusal_delay = std::chrono::milliseconds{200};
/// A connection that is lost sooner belongs to a series of short connections: each is accepted and
/// then closed, by a limit of the server or of something in between.
constexpr auto short_connection_limit = std::chrono::minutes{1};
/// So many different reasons of one absence are logged when they first occur.
constexpr std::size_t max_logged_reasons = 16;
/// So many servers that others have named are tried when the configured ones do not answer.
constexpr std::size_t max_discovered = 8;

/// Where the host begins in nats://[LOGIN@]HOST[:PORT].
std::size_t host_at(std::string_view url) {
  const auto at = url.rfind('@');
  return at == url.npos ? url.find("//") + 2 : at + 1;
}

/// A server that another one has named, nats://HOST:PORT, with scheme and login of `configured`.
std::string as_configured(std::string_view server, std::string_view configured) {
  return std::string{configured.substr(0, host_at(configured))}.append(
      server.substr(host_at(server)));
}

/// The host in a URL; empty if that is an address and not a name.
std::string name_in(std::string_view url) {
  const auto host = url.substr(host_at(url), url.rfind(':') - host_at(url));
  return std::string{
      host.find_first_not_of("[]0123456789.") == host.npos || host.starts_with('[') ? "" : host};
}

} // namespace

void nats_connection::keep_connected() {
  std::minstd_rand chance{std::random_device{}()}; // so that not all clients come back at once
  std::chrono::steady_clock::time_point next{};    // a server may end each connection at once
  lock held{mutex_};
  while (!closing_) {
    if (!connection_) {
      if (changed_.wait_until(held, next, [this] { return closing_; }))
        return;
      next = std::chrono::steady_clock::now() + reconnect_wait
             + std::chrono::milliseconds{chance() % 50};
      held.unlock();
      connect();
      held.lock();
    } else if (any_denied()) {
      changed_.wait_for(held, denied_retry_interval, [this] { return closing_ || !connection_; });
      if (connection_ && !closing_)
        retry_denied(held, connection_);
    } else {
      changed_.wait(held);
    }
  }
}

/// Asks the configured servers first: what they say is what the operator can mend. A discovered
/// server that is named by an address has a certificate for the name of the one that named it.
void nats_connection::connect() {
  auto made = connect_to(settings_, {});
  auto others = discovered();
  for (const auto& server : std::exchange(others.servers, {})) {
    if (made)
      break;
    others.servers = {server};
    if (auto other = connect_to(others, name_in(server).empty() ? server_name_ : ""))
      made = std::move(other);
  }
  if (const auto* why = error_of(made))
    return note_problem(why->reason);
  const lock held{mutex_};
  take_over(*made);
}

/// The files that the settings name are read again: they may have been renewed.
expected<nats_connection::connection_ptr>
nats_connection::connect_to(const nats_settings& servers, const std::string& certified_name) {
  const auto options = nats_options(servers, client_name_);
  if (const auto* why = error_of(options))
    return fail(*why);
  natsOptions_SetDisconnectedCB(options->get(), on_disconnected, this);
  natsOptions_SetClosedCB(options->get(), on_closed, this);
  natsOptions_SetErrorHandler(options->get(), on_error, this);
  if (!certified_name.empty())
    natsOptions_SetExpectedHostname(options->get(), certified_name.c_str());
  loop_.drive(options->get());
  natsConnection* raw = nullptr;
  const auto s = natsConnection_Connect(&raw, options->get());
  if (s == NATS_OK)
    return connection_ptr{raw, natsConnection_Destroy};
  natsStatus last = NATS_OK;
  const char* text = nats_GetLastError(&last);
  return fail(last == s && text && *text ? text : natsStatus_GetText(s));
}

/// The settings with the servers that others have named instead of the configured ones.
nats_settings nats_connection::discovered() const {
  auto result = settings_;
  const lock held{mutex_};
  result.servers.clear();
  for (const auto& server : discovered_)
    result.servers.push_back(as_configured(server, settings_.servers.front()));
  return result;
}

void nats_connection::take_over(const connection_ptr& made) {
  ++connects_;
  ++unclosed_;
  if (natsConnection_IsClosed(made.get())) {
    if (problem_.empty())
      problem_ = "the connection was closed";
    return;
  }
  connection_ = made;
  note_connected(made.get());
  for (auto& each : subscriptions_) {
    each->denied = false;
    auto why = each->wanted ? start(each, made) : std::nullopt;
    if (natsConnection_IsClosed(made.get())) // perhaps before on_closed knew it
      return drop_connection();
    if (why && loss_logged_)
      spdlog::error("{}", why->reason);
  }
}

void nats_connection::drop_connection() {
  connection_.reset();
  for (auto& each : subscriptions_)
    each->current.reset();
  deliveries_changed_ = true;
  if (problem_.empty())
    problem_ = "the connection was closed";
}

/// A server names only those of the others that it was not given, so earlier ones stay.
void nats_connection::note_discovered(natsConnection* on) {
  char** urls = nullptr;
  int count = 0;
  if (natsConnection_GetDiscoveredServers(on, &urls, &count) != NATS_OK)
    return;
  for (const std::string url : std::span{urls, static_cast<std::size_t>(count)}) {
    std::erase(discovered_, url);
    discovered_.insert(discovered_.begin(), url);
  }
  discovered_.resize(std::min(discovered_.size(), max_discovered));
  std::for_each(urls, urls + count, std::free);
  std::free(urls);
}

void nats_connection::note_connected(natsConnection* connection) {
  attempts_.over();
  logged_reasons_.clear();
  problem_.clear();
  connected_at_ = std::chrono::steady_clock::now();
  char text[512] = "";
  const auto s = natsConnection_GetConnectedUrl(connection, text, sizeof text);
  const auto url = s == NATS_OK ? without_secrets(text) : "?";
  if (const auto name = name_in(url); !name.empty())
    server_name_ = name;
  if (loss_logged_)
    spdlog::info("{} {}", connects_ > 1 ? "NATS is back at" : "connected to NATS at", url);
}

/// Subscribes again with each refused subscription and checks whether it is refused again.
void nats_connection::retry_denied(lock& held, const connection_ptr on) {
  std::vector<std::pair<std::shared_ptr<subscription>, std::size_t>> asked;
  for (auto& each : subscriptions_) {
    if (!each->denied || !each->wanted)
      continue;
    each->current.reset();
    deliveries_changed_ = true;
    if (!start(each, on))
      asked.emplace_back(each, each->refusals);
  }
  held.unlock();
  const bool answered = natsConnection_FlushTimeout(on.get(), flush_ms) == NATS_OK;
  held.lock();
  changed_.wait_for(held, refusal_delay, [&] {
    return closing_ || std::all_of(asked.begin(), asked.end(), [](const auto& x) {
             return x.first->refusals > x.second;
           });
  });
  if (!answered || connection_ != on)
    return;
  for (const auto& [each, refusals_before] : asked)
    if (each->refusals == refusals_before) {
      each->denied = false;
      spdlog::info("NATS permits us to subscribe to {} now", without_secret(each->subject));
    }
}

bool nats_connection::any_denied() const {
  return std::any_of(subscriptions_.begin(), subscriptions_.end(),
                     [](const auto& x) { return x->denied && x->wanted; });
}

/// Each reason is logged when it first occurs, then at exponentially growing intervals, so that a
/// long absence does not fill the log.
void nats_connection::note_problem(std::string_view reason) {
  const std::lock_guard held{mutex_};
  const bool due = attempts_.should_log();
  problem_ = server_list(settings_) + ": " + nats_problem(reason, settings_);
  const bool is_new =
      logged_reasons_.size() < max_logged_reasons && logged_reasons_.insert(problem_).second;
  if (!is_new && !due)
    return;
  loss_logged_ = true;
  spdlog::warn("NATS cannot be reached (attempt {}): {}", attempts_.count(), problem_);
}

// -- the event loop's thread: messages are passed to the handlers --------------------------------

void nats_connection::take_turn() {
  {
    const lock held{mutex_};
    if (std::exchange(deliveries_changed_, false)) {
      deliveries_.clear();
      for (auto& each : subscriptions_)
        if (each->current)
          deliveries_.push_back({each, each->current});
    }
    delivering_ = connection_;
  }
  if (!delivering_)
    return;
  for (const auto& each : deliveries_)
    hand_over_all(each);
  loop_.send(delivering_.get());
}

/// Nothing arrives meanwhile, because this thread also reads.
void nats_connection::hand_over_all(const delivery& each) {
  int left = 0;
  natsSubscription_GetPending(each.from.get(), &left, nullptr);
  while (left-- > 0) {
    natsMsg* raw = nullptr;
    const auto s = natsSubscription_NextMsg(&raw, each.from.get(), 0);
    if (s == NATS_OK)
      hand_over(*each.to, message_ptr{raw}, static_cast<std::size_t>(left));
    else if (s == NATS_NO_RESPONDERS) // the library gives no more information about this message
      hand_over(*each.to, nullptr, static_cast<std::size_t>(left));
    else
      return; // the subscription has ended
  }
}

/// The library frees messages on a thread of its own and wakes it for each one. Freed many at a
/// time, they cost one wake-up. So many messages, or so many bytes, wait for that.
void nats_connection::hand_over(subscription& to, message_ptr message, std::size_t behind) {
  constexpr std::size_t max_finished_messages = 64, max_finished_bytes = 64u << 10;
  const lock while_called{to.busy};
  if (!to.handler)
    return;
  if (!message)
    return to.handler({to.subject, {}, {}, true, behind});
  const char* reply = natsMsg_GetReply(message.get());
  const std::string_view data{natsMsg_GetData(message.get()),
                              static_cast<std::size_t>(natsMsg_GetDataLength(message.get()))};
  to.handler({natsMsg_GetSubject(message.get()), reply ? reply : "", data, false, behind});
  finished_bytes_ += data.size();
  finished_.push_back(std::move(message));
  if (finished_.size() >= max_finished_messages || finished_bytes_ > max_finished_bytes) {
    finished_.clear();
    finished_bytes_ = 0;
  }
}

// -- callbacks of the library, on its own threads -------------------------------------------------

void nats_connection::on_disconnected(natsConnection* connection, void* closure) {
  auto* self = static_cast<nats_connection*>(closure);
  const char* last = nullptr;
  natsConnection_GetLastError(connection, &last);
  const std::lock_guard lock{self->mutex_};
  if (self->closing_)
    return;
  self->note_discovered(connection);
  self->problem_ = "disconnected";
  if (const std::string_view why = last ? last : "";
      !why.empty() && why != natsStatus_GetText(NATS_CONNECTION_CLOSED)
      && why.find("Permissions Violation") == why.npos) // of something earlier
    self->problem_ += ": " + nats_problem(why, self->settings_);
  if (std::chrono::steady_clock::now() - self->connected_at_ > short_connection_limit)
    self->short_connections_.over();
  self->loss_logged_ = self->short_connections_.should_log();
  if (self->loss_logged_)
    spdlog::warn("NATS is away: {}{}", self->problem_,
                 self->short_connections_.count() < 3
                     ? ""
                     : fmt::format(" ({} times in a row soon after it was there)",
                                   self->short_connections_.count()));
  self->changed_.notify_all();
}

void nats_connection::on_error(natsConnection*, natsSubscription*, natsStatus status,
                               void* closure) {
  auto* self = static_cast<nats_connection*>(closure);
  if (status == NATS_SLOW_CONSUMER)
    self->note_overflow();
  if (status != NATS_NOT_PERMITTED)
    return;
  // This is the text of this error; the connection's own text is that of the latest one.
  const char* text = nats_GetLastError(nullptr);
  self->denied(text ? text : "");
}

/// `text`: `Permissions Violation for Subscription to "SUBJECT" using queue "Q"`, or for a publish.
/// The latter is logged at exponentially growing intervals: a client chooses the reply subject and
/// must not be able to fill the log.
void nats_connection::denied(std::string_view text) {
  const std::lock_guard held{mutex_};
  for (auto& each : subscriptions_) {
    if (!each->wanted || text.find("Subscription to \"" + each->subject + '"') == text.npos)
      continue;
    ++each->refusals;
    changed_.notify_all();
    if (!std::exchange(each->denied, true))
      spdlog::error("NATS does not permit us to subscribe to {}: mend our user's permissions "
                    "(docs/security.md lists them)",
                    without_secret(each->subject));
    return;
  }
  if (denied_publishes_.should_log())
    spdlog::warn("NATS does not permit something ({} times by now): {} (docs/security.md lists "
                 "what is needed)",
                 denied_publishes_.count(), printable(text));
}

void nats_connection::note_overflow() {
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
  --self->unclosed_;
  if (!self->closing_ && self->connection_.get() == connection)
    self->drop_connection(); // the library's own reference keeps it alive during this callback
  self->changed_.notify_all();
}

} // namespace hawkeye
