// The connection's other half: what the library calls, on its own threads.
#include <algorithm>
#include <memory>
#include <random>

#include <spdlog/spdlog.h>

#include "actors/nats_connection.hpp"
#include "actors/nats_options.hpp"
#include "messages/config.hpp"
#include "messages/json_text.hpp"
#include "messages/limits.hpp"
#include "messages/login_trouble.hpp"

namespace hawkeye {

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
  self->trouble_ = "disconnected";
  if (last && *last)
    self->trouble_ += ": " + nats_trouble(last, self->with_);
  spdlog::warn("NATS is away: {}", self->trouble_);
  self->changed_.notify_all();
}

void nats_connection::on_reconnected(natsConnection* connection, void* closure) {
  auto* self = static_cast<nats_connection*>(closure);
  const std::lock_guard lock{self->mutex_};
  self->trouble_.clear();
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
    static_cast<nats_connection*>(closure)->note_trouble(
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
  const bool known =
      std::any_of(self->subscriptions_.begin(), self->subscriptions_.end(), [&](const auto& wish) {
        return wish->denied && said.find('"' + wish->subject + '"') != std::string_view::npos;
      });
  const bool just_back = std::chrono::steady_clock::now() - self->back_at_ < settled;
  if (just_back || !(publishing || known))
    self->doubt_ = true;
}

/// At growing distances: whoever asks chooses where the reply goes, and must not fill the log.
void nats_connection::publish_denied(std::string_view said) {
  if (denied_publishes_.tells())
    spdlog::warn("NATS does not permit something ({} times by now): {} (docs/security.md lists "
                 "what is needed)",
                 denied_publishes_.count(), printable(said));
}

void nats_connection::overflown() {
  const std::lock_guard lock{mutex_};
  if (overflows_.tells())
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
  for (auto& wish : self->subscriptions_)
    wish->current.reset();
  if (self->trouble_.empty())
    self->trouble_ = "the connection was closed";
  self->changed_.notify_all();
}

} // namespace hawkeye
