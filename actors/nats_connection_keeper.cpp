// The connection's keeper: the thread that makes it, anew where need be, and that finds out what
// the server permits. The server says only "not permitted", later, and of several refusals the
// library keeps the last text: so each subscription is asked for alone once there was one.
#include <spdlog/spdlog.h>

#include "actors/nats_connection.hpp"
#include "actors/nats_options.hpp"
#include "messages/login_trouble.hpp"
#include "messages/reply_subject.hpp"

namespace hawkeye {

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
    return note_trouble(of == s && said && *said ? said : natsStatus_GetText(s));
  }
  const connection_ptr made{raw, natsConnection_Destroy};
  lock held{mutex_};
  connection_ = made;
  ++connects_;
  attempts_.over();
  told_.clear();
  trouble_.clear();
  doubt_ = false;
  back_at_ = {}; // what is permitted on this one is looked at below
  spdlog::info("connected to NATS at {}", url_of(raw));
  start_all(held, made);
}

/// All at once; one by one where something was not permitted.
void nats_connection::start_all(lock& held, const connection_ptr& on) {
  looking_ = true;
  const auto before = complaints_;
  for (auto& wish : subscriptions_) {
    wish->denied = false;
    if (wish->wanted)
      if (auto why = start(wish, on))
        spdlog::error("{}", why->reason);
  }
  held.unlock();
  natsConnection_FlushTimeout(on.get(), verdict_ms);
  const bool refused = last_error(on.get()).find("Subscription to") != std::string::npos;
  held.lock();
  // Not by iterator: the service may subscribe meanwhile.
  for (std::size_t i = 0; i < subscriptions_.size() && connection_ == on && !closing_; ++i) {
    const auto wish = subscriptions_[i];
    if (!wish->wanted)
      continue;
    if (refused || complaints_ != before)
      wish->denied = start_and_look(held, wish, on);
    else if (!wish->current)
      start(wish, on);
  }
  looking_ = false;
  for (const auto& wish : subscriptions_)
    if (wish->denied)
      spdlog::error("NATS does not permit us to subscribe to {}: mend our user's permissions "
                    "(docs/security.md lists them)",
                    without_secret(wish->subject));
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
    const auto wish = subscriptions_[i];
    if (closing_ || doubt_ || !on || connection_ != on)
      break;
    if (!wish->denied || !wish->wanted)
      continue;
    wish->denied = start_and_look(held, wish, on);
    if (!wish->denied)
      spdlog::info("NATS permits us to subscribe to {} now", without_secret(wish->subject));
  }
  looking_ = false;
}

bool nats_connection::any_denied() const {
  for (const auto& wish : subscriptions_)
    if (wish->denied && wish->wanted)
      return true;
  return false;
}

/// Each reason is told when it first comes, and then at growing distances, so that a long absence
/// does not fill the log.
void nats_connection::note_trouble(std::string_view said) {
  const std::lock_guard held{mutex_};
  const bool due = attempts_.tells();
  trouble_ = server_list(with_) + ": " + nats_trouble(said, with_);
  const bool news = told_.size() < most_told && told_.insert(trouble_).second;
  if (news || due)
    spdlog::warn("NATS cannot be reached (attempt {}): {}", attempts_.count(), trouble_);
}

} // namespace hawkeye
