#include "tests/chaos/chaos_clients.hpp"

#include <chrono>
#include <iostream>

#include "tests/support/nats_client.hpp"

namespace hawkeye::chaos {

namespace {

using namespace std::chrono_literals;

constexpr const char* subject = "hawkeye.customer.cache.get";
constexpr auto patience = 3s;
constexpr auto slow_after = 1s;
/// So that a chaos of minutes stays a load that a small machine carries.
constexpr auto between_requests = 5ms;

/// What an instance says that has just begun, while Redis is away.
constexpr const char* building = R"("body":"Cache is still being built","status":202})";

} // namespace

clients::clients(const std::string& nats_url, std::vector<question> questions, std::size_t count)
    : questions_{std::move(questions)} {
  for (std::size_t i = 0; i < count; ++i)
    threads_.emplace_back([this, nats_url, i] { ask_on(nats_url, i); });
}

clients::~clients() {
  stop();
}

void clients::stop() {
  stopping_ = true;
  for (auto& thread : threads_)
    if (thread.joinable())
      thread.join();
}

void clients::ask_on(const std::string& nats_url, std::size_t number) {
  test::nats_client connection{nats_url};
  for (std::size_t i = 0; !stopping_; ++i) {
    const auto& next = questions_[(i + number) % questions_.size()];
    const auto id = std::to_string(number * 1'000'000'000 + i);
    const auto begin = std::chrono::steady_clock::now();
    ++counts_.sent;
    const auto reply = connection.ask(
        subject, R"({"request_id":)" + id + R"(,"body":)" + next.body + "}", patience);
    if (reply) {
      ++counts_.answered;
      judge(next, id, *reply);
      if (std::chrono::steady_clock::now() - begin > slow_after)
        ++counts_.slow;
    }
    std::this_thread::sleep_for(between_requests);
  }
}

void clients::judge(const question& asked, const std::string& id, const std::string& reply) {
  const auto begin = R"({"request_id":)" + id + ",";
  if (reply == begin + asked.answer)
    return;
  if (reply == begin + building) {
    ++counts_.building;
    return;
  }
  if (++counts_.wrong <= 3)
    std::cout << "chaos: wrong reply to " << asked.body << ": " << reply.substr(0, 300) << " ("
              << reply.size() << " bytes)\n";
}

} // namespace hawkeye::chaos
