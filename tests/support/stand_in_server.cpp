// From NATS to the stand-in's state and back.
#include "tests/support/stand_in_server.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace hawkeye::stand_in {

namespace {

constexpr std::array<const char*, 3> questions{"stand_in.control", "stand_in.stats",
                                               "stand_in.expected"};

std::string_view data_of(natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

} // namespace

expected<connection_ptr> connect(const std::string& url, bool patient) {
  natsOptions* made = nullptr;
  if (natsOptions_Create(&made) != NATS_OK)
    return fail("nats.c has no memory for its options");
  const nats_options_ptr with{made};
  auto status = natsOptions_SetURL(made, url.c_str());
  if (status == NATS_OK)
    status = natsOptions_SetName(made, "bridge_stand_in");
  if (status == NATS_OK) // or every reply waits up to a millisecond for the flusher
    status = natsOptions_SetSendAsap(made, true);
  if (status == NATS_OK) // one delivery thread for all subscriptions
    status = natsOptions_UseGlobalMessageDelivery(made, true);
  if (status == NATS_OK && patient)
    status = natsOptions_SetRetryOnFailedConnect(made, true, nullptr, nullptr);
  if (status == NATS_OK && patient)
    status = natsOptions_SetMaxReconnect(made, -1);
  if (status == NATS_OK && patient)
    status = natsOptions_SetReconnectWait(made, 100);
  if (status == NATS_OK && patient)
    status = natsOptions_SetReconnectJitter(made, 10, 10);
  natsConnection* connection = nullptr;
  if (status == NATS_OK)
    status = natsConnection_Connect(&connection, made);
  if (status != NATS_OK)
    return fail("cannot connect to " + url + ": " + natsStatus_GetText(status));
  return connection_ptr{connection};
}

server::server(connection_ptr via, std::string redis_url, const options& with)
    : via_{std::move(via)}, shelf_{std::move(redis_url)}, state_{with} {
  for (std::size_t i = 0; i < bridge_subjects.size(); ++i)
    channels_.push_back(std::make_unique<channel>(
        channel{this, &server::take_call, i, bridge_subjects[i], nullptr}));
  for (std::size_t i = 0; i < notifier_subjects.size(); ++i)
    channels_.push_back(std::make_unique<channel>(
        channel{this, &server::take_notice, i, notifier_subjects[i], nullptr}));
  for (std::size_t i = 0; i < questions.size(); ++i)
    channels_.push_back(
        std::make_unique<channel>(channel{this, &server::take_question, i, questions[i], nullptr}));
}

server::~server() {
  natsConnection_Close(via_.get()); // no callback after this
}

std::optional<std::string> server::open() {
  for (std::size_t i = bridge_subjects.size(); i < channels_.size(); ++i)
    if (!subscribe(*channels_[i]))
      return std::string{"cannot subscribe to "} + channels_[i]->subject;
  if (!settle_subscriptions() || natsConnection_FlushTimeout(via_.get(), 5'000) != NATS_OK)
    return "cannot subscribe to the bridges' subjects";
  return {};
}

bool server::subscribe(channel& to) {
  natsSubscription* made = nullptr;
  if (natsConnection_Subscribe(&made, via_.get(), to.subject, on_message, &to) != NATS_OK)
    return false;
  to.subscription.reset(made);
  return natsSubscription_SetPendingLimits(made, -1, -1) == NATS_OK;
}

bool server::settle_subscriptions() {
  bool done = true;
  for (std::size_t i = 0; i < bridge_subjects.size(); ++i) {
    auto& x = *channels_[i];
    const bool wanted = state_.subscribed(static_cast<bridge>(i));
    if (wanted && !x.subscription)
      done = subscribe(x) && done;
    else if (!wanted)
      x.subscription.reset();
  }
  return done;
}

void server::on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  const message_ptr owner{message};
  auto& at = *static_cast<channel*>(closure);
  (at.self->*at.take)(at.number, message);
}

void server::take_call(std::size_t number, natsMsg* message) {
  const char* to = natsMsg_GetReply(message);
  if (!to)
    return;
  auto asked = read_call(static_cast<bridge>(number), data_of(message));
  const auto now = state::clock::now();
  auto how = state_.admit(asked, now);
  if (how.due <= now)
    return serve(asked, how, to);
  const auto due = how.due;
  timer_.at(due, [this, asked = std::move(asked), how = std::move(how), to = std::string{to}] {
    serve(asked, how, to);
  });
}

void server::serve(const call& asked, const state::plan& how, const std::string& to) {
  auto what = asked.problem.empty()
                  ? answer(asked, *how.from, how.wrong, how.huge_bytes, limit())
                  : reply{R"({"body": ")" + asked.problem + R"(", "status": 400})"};
  state_.answered(asked.to); // first: who has the reply must find itself counted
  if (!what.late)
    return send(asked.to, what, to);
  timer_.at(how.due + how.late_by,
            [this, from = asked.to, what = std::move(what), to] { send(from, what, to); });
}

void server::send(bridge from, const reply& what, const std::string& to) {
  if (what.by == reply::way::never)
    return;
  if (what.by == reply::way::no_responders)
    return send_no_responders(to);
  for (int i = 0; i < what.times; ++i) {
    bool sent = false;
    if (what.by == reply::way::in_redis) {
      const auto token = shelf_.put(what.text);
      sent = token && send_plainly_or_parked(to, token_message(*token));
    } else {
      sent = send_plainly_or_parked(to, what.text);
    }
    if (!sent)
      state_.lost(from);
  }
}

bool server::send_plainly_or_parked(const std::string& to, const std::string& text) {
  if (text.size() <= limit())
    return natsConnection_Publish(via_.get(), to.c_str(), text.data(),
                                  static_cast<int>(text.size()))
           == NATS_OK;
  const auto token = shelf_.put(text);
  if (!token) {
    std::fprintf(stderr, "bridge_stand_in: a reply of %zu bytes fits neither NATS nor Redis\n",
                 text.size());
    return false;
  }
  return send_plainly_or_parked(to, token_message(*token));
}

/// What a server sends on behalf of nobody: no data, and 503 in the header.
void server::send_no_responders(const std::string& to) {
  natsMsg* made = nullptr;
  if (natsMsg_Create(&made, to.c_str(), nullptr, nullptr, 0) != NATS_OK)
    return;
  const message_ptr message{made};
  if (natsMsgHeader_Set(made, "Status", "503") == NATS_OK)
    natsConnection_PublishMsg(via_.get(), made);
}

std::size_t server::limit() const {
  return static_cast<std::size_t>(
      std::max<std::int64_t>(natsConnection_GetMaxPayload(via_.get()), 4'096));
}

void server::take_notice(std::size_t number, natsMsg* message) {
  state_.notified(number, data_of(message));
}

void server::take_question(std::size_t number, natsMsg* message) {
  const char* to = natsMsg_GetReply(message);
  std::string result;
  if (number == 0) {
    result = state_.control(data_of(message));
    settle_subscriptions();
  } else {
    result = number == 1 ? state_.stats() : state_.expected(data_of(message));
  }
  if (to)
    send_plainly_or_parked(to, result);
}

} // namespace hawkeye::stand_in
