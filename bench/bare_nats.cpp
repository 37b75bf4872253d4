// The least that a program on nats.c can do, to measure ours against. Nothing else is done.
//   bare_nats respond URL FILE asap|plain SUBJECT
//     answers every request with the bytes of FILE
//   bare_nats ask URL REDIS_PORT COUNT IN_FLIGHT
//     makes the calls of a refresh: gets Hawkeye's list, through Redis where it is too large for
//     NATS, then asks Bruin's two questions COUNT times; prints its CPU in µs and its time in ms
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>

#include <hiredis/hiredis.h>
#include <nats/nats.h>
#include <sys/resource.h>

namespace {

using namespace std::chrono_literals;

natsConnection* connect(const char* url, bool asap) {
  natsOptions* options = nullptr;
  natsConnection* connection = nullptr;
  natsOptions_Create(&options);
  natsOptions_SetURL(options, url);
  natsOptions_SetSendAsap(options, asap);
  if (natsConnection_Connect(&connection, options) != NATS_OK) {
    std::fprintf(stderr, "bare_nats: no NATS at %s\n", url);
    std::exit(1);
  }
  natsOptions_Destroy(options);
  return connection;
}

std::string reply_bytes;

void respond(natsConnection* connection, natsSubscription*, natsMsg* message, void*) {
  natsConnection_Publish(connection, natsMsg_GetReply(message), reply_bytes.data(),
                         static_cast<int>(reply_bytes.size()));
  natsMsg_Destroy(message);
}

int run_respond(char** arguments) {
  std::ifstream in{arguments[3], std::ios::binary};
  reply_bytes.assign(std::istreambuf_iterator<char>{in}, {});
  auto* connection = connect(arguments[2], std::string{arguments[4]} == "asap");
  natsSubscription* subscription = nullptr;
  natsConnection_Subscribe(&subscription, connection, arguments[5], respond, nullptr);
  natsSubscription_SetPendingLimits(subscription, -1, -1);
  natsConnection_Flush(connection);
  std::puts("ready");
  std::fflush(stdout);
  for (;;)
    std::this_thread::sleep_for(1h);
}

// -- asking ------------------------------------------------------------------------------------

std::atomic<int> left{0}, open{0};
std::string inbox;

void ask_next(natsConnection* connection) {
  static const std::string first =
      R"({"request_id":"00000000-0000-0000-0000-000000000000","body":{"service_number":"B827EB00004B"}})";
  static const std::string second =
      R"({"request_id":"00000000-0000-0000-0000-000000000000","body":{"client_id":9236,"service_number":"B827EB00004B","status":"A"}})";
  const int number = left.fetch_sub(1);
  if (number <= 0) {
    open.fetch_sub(1);
    return;
  }
  const auto& what = number % 2 == 0 ? first : second;
  natsConnection_PublishRequest(
      connection, number % 2 == 0 ? "bruin.customer.get.info" : "bruin.inventory.management.status",
      (inbox + "1").c_str(), what.data(), static_cast<int>(what.size()));
}

void on_answer(natsConnection* connection, natsSubscription*, natsMsg* message, void*) {
  natsMsg_Destroy(message);
  ask_next(connection);
}

[[noreturn]] void fail(const char* why) {
  std::fprintf(stderr, "bare_nats: %s\n", why);
  std::exit(1);
}

/// A list over NATS' limit is replaced by the token under which Redis has it.
void get_list(natsConnection* connection, int redis_port) {
  natsMsg* reply = nullptr;
  if (natsConnection_RequestString(&reply, connection, "hawkeye.probe.request",
                                   R"({"request_id":"1","body":{}})", 60'000)
      != NATS_OK)
    fail("no answer of Hawkeye's bridge");
  const std::string_view text{natsMsg_GetData(reply),
                              static_cast<std::size_t>(natsMsg_GetDataLength(reply))};
  constexpr std::string_view before = R"("token":")";
  if (const auto found = text.substr(0, 500).find(before); found != text.npos) {
    const auto begin = found + before.size();
    const std::string token{text.substr(begin, text.find('"', begin) - begin)};
    auto* redis = redisConnect("127.0.0.1", redis_port);
    auto* stored = static_cast<redisReply*>(redisCommand(redis, "GET %s", token.c_str()));
    if (!stored || stored->type != REDIS_REPLY_STRING)
      fail("Redis does not have Hawkeye's list");
    freeReplyObject(stored);
    redisFree(redis);
  }
  natsMsg_Destroy(reply);
}

int run_ask(char** arguments) {
  auto* connection = connect(arguments[2], true);
  natsInbox* made = nullptr;
  natsInbox_Create(&made);
  inbox = std::string{made} + ".";
  natsSubscription* subscription = nullptr;
  natsConnection_Subscribe(&subscription, connection, (inbox + "*").c_str(), on_answer, nullptr);
  left = 2 * std::atoi(arguments[4]);
  const int in_flight = std::atoi(arguments[5]);
  const auto begin = std::chrono::steady_clock::now();
  get_list(connection, std::atoi(arguments[3]));
  open = in_flight;
  for (int i = 0; i < in_flight; ++i)
    ask_next(connection);
  while (open > 0)
    std::this_thread::sleep_for(1ms);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& x) {
    return x.tv_sec * 1'000'000L + x.tv_usec;
  };
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  std::printf("%ld %.1f\n", us(used.ru_utime) + us(used.ru_stime), took.count());
  return 0;
}

} // namespace

int main(int count, char** arguments) {
  const std::string mode = count > 1 ? arguments[1] : "";
  if (mode == "respond" && count == 6)
    return run_respond(arguments);
  if (mode == "ask" && count == 6)
    return run_ask(arguments);
  std::fprintf(stderr, "usage: bare_nats respond URL FILE asap|plain SUBJECT | "
                       "ask URL REDIS_PORT COUNT IN_FLIGHT\n");
  return 2;
}
