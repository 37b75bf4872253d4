#include "bench/load.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace hawkeye::bench {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// What the library's threads work on. Slot i's request goes over connection i, round about.
struct loop {
  std::vector<natsConnection*> connections;
  std::string subject, request, inbox, expected;
  clock::time_point until;
  std::size_t count;
  std::vector<clock::time_point> sent{};
  std::mutex busy{}; ///< guards what follows
  std::vector<double> latencies_us{};
  std::size_t wrong = 0, open = 0;
  clock::time_point last{};

  std::string inbox_of(std::size_t connection) const {
    return inbox + '.' + std::to_string(connection) + '.';
  }

  void send(std::size_t slot) {
    const auto which = slot % connections.size();
    sent[slot] = clock::now();
    natsConnection_PublishRequest(connections[which], subject.c_str(),
                                  (inbox_of(which) + std::to_string(slot)).c_str(), request.data(),
                                  static_cast<int>(request.size()));
  }

  /// Whether the slot's next request is to go out.
  bool take(std::size_t slot, std::string_view reply) {
    const auto now = clock::now();
    const bool right = reply == expected;
    const std::lock_guard lock{busy};
    last = now;
    latencies_us.push_back(std::chrono::duration<double, std::micro>(now - sent[slot]).count());
    wrong += right ? 0 : 1;
    const bool more = now < until && latencies_us.size() + open <= count;
    open -= more ? 0 : 1;
    return more;
  }

  bool over() {
    const std::lock_guard lock{busy};
    return open == 0;
  }
};

void on_reply(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  auto& work = *static_cast<loop*>(closure);
  const std::string_view to = natsMsg_GetSubject(message);
  const std::size_t slot = std::stoul(std::string{to.substr(to.rfind('.') + 1)});
  const std::string_view reply{natsMsg_GetData(message),
                               static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  if (work.take(slot, reply))
    work.send(slot);
  natsMsg_Destroy(message);
}

/// A connection's own inbox, for as long as it stands.
class listener {
public:
  listener(loop& work, std::size_t which) {
    natsConnection_Subscribe(&raw_, work.connections[which], (work.inbox_of(which) + "*").c_str(),
                             on_reply, &work);
    natsSubscription_SetPendingLimits(raw_, -1, -1);
  }
  ~listener() {
    natsSubscription_DrainTimeout(raw_, 1000);
    natsSubscription_WaitForDrainCompletion(raw_, 1000);
    natsSubscription_Destroy(raw_);
  }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

private:
  natsSubscription* raw_ = nullptr;
};

} // namespace

double load_result::latency(double share) const {
  if (latencies_us.empty())
    return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(latencies_us.size()));
  return latencies_us[std::min(at, latencies_us.size() - 1)];
}

load::load(const std::string& url, std::size_t connections) {
  natsOptions* options = nullptr;
  natsOptions_Create(&options);
  natsOptions_SetURL(options, url.c_str());
  natsOptions_SetSendAsap(options, true);
  auto status = NATS_OK;
  for (std::size_t i = 0; i < connections && status == NATS_OK; ++i) {
    connections_.push_back(nullptr);
    status = natsConnection_Connect(&connections_.back(), options);
  }
  natsOptions_Destroy(options);
  if (status != NATS_OK)
    throw std::runtime_error{"no NATS at " + url};
}

load::~load() {
  for (auto* each : connections_)
    natsConnection_Destroy(each);
}

std::string load::ask(const std::string& subject, const std::string& request) {
  natsMsg* reply = nullptr;
  if (natsConnection_Request(&reply, connections_[0], subject.c_str(), request.data(),
                             static_cast<int>(request.size()), 10'000)
      != NATS_OK)
    return {};
  std::string text{natsMsg_GetData(reply), static_cast<std::size_t>(natsMsg_GetDataLength(reply))};
  natsMsg_Destroy(reply);
  return text;
}

load_result load::run(const std::string& subject, const std::string& request, std::size_t in_flight,
                      std::chrono::milliseconds length, const std::string& expected,
                      std::size_t count) {
  natsInbox* made = nullptr;
  natsInbox_Create(&made);
  loop work{connections_, subject, request, made, expected, clock::now() + length, count};
  natsInbox_Destroy(made);
  work.sent.resize(in_flight);
  work.open = in_flight;
  std::deque<listener> listeners;
  for (std::size_t i = 0; i < connections_.size(); ++i)
    listeners.emplace_back(work, i);
  const auto begin = clock::now();
  for (std::size_t i = 0; i < in_flight; ++i)
    work.send(i);
  while (!work.over() && clock::now() < work.until + 10s)
    std::this_thread::sleep_for(2ms);
  listeners.clear();
  if (work.open > 0)
    throw std::runtime_error{subject + ": some requests were never answered"};
  load_result result;
  const std::chrono::duration<double> took = work.last - begin;
  result.per_second = static_cast<double>(work.latencies_us.size()) / took.count();
  result.latencies_us = std::move(work.latencies_us);
  std::sort(result.latencies_us.begin(), result.latencies_us.end());
  result.wrong = work.wrong;
  return result;
}

} // namespace hawkeye::bench
