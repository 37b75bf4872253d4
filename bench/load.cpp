#include "bench/load.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>

namespace hawkeye::bench {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// What the library's thread works on. Slot i's reply comes on `inbox` + i.
struct loop {
  natsConnection* connection;
  std::string subject, request, inbox;
  clock::time_point until;
  std::size_t count, reply_bytes;
  std::vector<clock::time_point> sent;
  std::vector<double> latencies_us;
  std::size_t wrong_size = 0;
  std::atomic<std::size_t> open{0};
  clock::time_point last;

  void send(std::size_t slot) {
    sent[slot] = clock::now();
    natsConnection_PublishRequest(connection, subject.c_str(),
                                  (inbox + std::to_string(slot)).c_str(), request.data(),
                                  static_cast<int>(request.size()));
  }

  void take(natsMsg* message) {
    last = clock::now();
    const std::size_t slot = std::stoul(natsMsg_GetSubject(message) + inbox.size());
    latencies_us.push_back(std::chrono::duration<double, std::micro>(last - sent[slot]).count());
    const auto size = static_cast<std::size_t>(natsMsg_GetDataLength(message));
    wrong_size += reply_bytes != 0 && size != reply_bytes;
    if (last < until && latencies_us.size() + open <= count)
      send(slot);
    else
      --open;
  }
};

void on_reply(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  static_cast<loop*>(closure)->take(message);
  natsMsg_Destroy(message);
}

} // namespace

double load_result::latency(double share) const {
  if (latencies_us.empty())
    return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(latencies_us.size()));
  return latencies_us[std::min(at, latencies_us.size() - 1)];
}

load::load(const std::string& url) {
  natsOptions* options = nullptr;
  natsOptions_Create(&options);
  natsOptions_SetURL(options, url.c_str());
  natsOptions_SetSendAsap(options, true);
  const auto status = natsConnection_Connect(&connection_, options);
  natsOptions_Destroy(options);
  if (status != NATS_OK)
    throw std::runtime_error{"no NATS at " + url};
}

load::~load() {
  natsConnection_Destroy(connection_);
}

std::string load::ask(const std::string& subject, const std::string& request) {
  natsMsg* reply = nullptr;
  if (natsConnection_Request(&reply, connection_, subject.c_str(), request.data(),
                             static_cast<int>(request.size()), 10'000)
      != NATS_OK)
    return {};
  std::string text{natsMsg_GetData(reply), static_cast<std::size_t>(natsMsg_GetDataLength(reply))};
  natsMsg_Destroy(reply);
  return text;
}

load_result load::run(const std::string& subject, const std::string& request, std::size_t in_flight,
                      std::chrono::milliseconds length, std::size_t reply_bytes,
                      std::size_t count) {
  natsInbox* made = nullptr;
  natsInbox_Create(&made);
  loop work{connection_,
            subject,
            request,
            std::string{made} + ".",
            clock::now() + length,
            count,
            reply_bytes,
            {},
            {},
            0,
            {},
            {}};
  natsInbox_Destroy(made);
  work.sent.resize(in_flight);
  natsSubscription* subscription = nullptr;
  natsConnection_Subscribe(&subscription, connection_, (work.inbox + "*").c_str(), on_reply, &work);
  natsSubscription_SetPendingLimits(subscription, -1, -1);
  work.open = in_flight;
  const auto begin = clock::now();
  for (std::size_t i = 0; i < in_flight; ++i)
    work.send(i);
  while (work.open > 0 && clock::now() < work.until + 10s)
    std::this_thread::sleep_for(2ms);
  natsSubscription_DrainTimeout(subscription, 1000);
  natsSubscription_WaitForDrainCompletion(subscription, 1000);
  natsSubscription_Destroy(subscription);
  if (work.open > 0)
    throw std::runtime_error{subject + ": some requests were never answered"};
  load_result result;
  const std::chrono::duration<double> took = work.last - begin;
  result.per_second = static_cast<double>(work.latencies_us.size()) / took.count();
  result.latencies_us = std::move(work.latencies_us);
  std::sort(result.latencies_us.begin(), result.latencies_us.end());
  result.wrong_size = work.wrong_size;
  return result;
}

} // namespace hawkeye::bench
