// The connection's other half: what the library calls, on its own threads.
#include <algorithm>

#include <spdlog/spdlog.h>

#include "actors/nats_connection.hpp"
#include "messages/config.hpp"

namespace hawkeye {

namespace {

/// The library frees messages on a thread of its own, and wakes it for each: freed many at once,
/// they cost one wake-up. Large ones do not wait.
constexpr std::size_t freed_at_once = 64;
constexpr std::size_t large_message = 16u << 10;

} // namespace

std::string nats_connection::url_of(natsConnection* connection) {
  char url[512] = "";
  if (natsConnection_GetConnectedUrl(connection, url, sizeof url) != NATS_OK)
    return "?";
  return without_secrets(url);
}

void nats_connection::on_message(natsConnection*, natsSubscription* from, natsMsg* message,
                                 void* closure) {
  auto* what = static_cast<subscription*>(closure);
  int behind = 0;
  natsSubscription_GetPending(from, &behind, nullptr);
  const char* reply = natsMsg_GetReply(message);
  const std::string_view data{natsMsg_GetData(message),
                              static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  {
    const std::lock_guard lock{what->busy};
    if (what->handler)
      what->handler({natsMsg_GetSubject(message), reply ? reply : "", data,
                     natsMsg_IsNoResponders(message),
                     static_cast<std::size_t>(std::max(behind, 0))});
  }
  what->finished.emplace_back(message);
  if (what->finished.size() >= freed_at_once || data.size() > large_message)
    what->finished.clear();
}

void nats_connection::on_disconnected(natsConnection* connection, void* closure) {
  auto* self = static_cast<nats_connection*>(closure);
  const char* last = nullptr;
  natsConnection_GetLastError(connection, &last);
  const std::lock_guard lock{self->mutex_};
  if (self->closing_)
    return;
  self->trouble_ = std::string{"disconnected"} + (last && *last ? std::string{": "} + last : "");
  spdlog::warn("NATS is away: {}", self->trouble_);
  self->changed_.notify_all();
}

void nats_connection::on_reconnected(natsConnection* connection, void* closure) {
  auto* self = static_cast<nats_connection*>(closure);
  const std::lock_guard lock{self->mutex_};
  self->trouble_.clear();
  self->attempts_.over();
  ++self->connects_;
  spdlog::info("NATS is back at {}", url_of(connection));
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
