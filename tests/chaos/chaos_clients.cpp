#include "tests/chaos/chaos_clients.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <utility>

#include "messages/base/timestamp.hpp"

namespace hawkeye::chaos {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto timeout_limit = 3s;
constexpr auto slow_after = 1s;

/// What an instance says that has just begun, while Redis is away.
constexpr const char* building = R"("body":"Cache is still being built","status":202})";

/// What follows a reply's id, where the reply itself stands in Redis: the token.
std::optional<std::string> token_in(const std::string& reply, const std::string& begin) {
  if (!reply.starts_with(begin + R"("is_stored":true)"))
    return {};
  return json::parse(reply)["token"].get<std::string>();
}

question with_answer(test::real_world& world, const std::string& body) {
  const std::string begin = R"({"request_id":0,)";
  const auto reply = world.client().ask(test::rpc_subject, begin + R"("body":)" + body + "}");
  if (!reply)
    return {body, "no answer"};
  if (const auto token = token_in(*reply, begin))
    return {body, world.parked_text(*token).value_or(" nothing").substr(1)};
  return {body, reply->substr(std::min(begin.size(), reply->size()))};
}

/// The devices of a list in an order that does not depend on who made it.
json sorted(json devices) {
  std::sort(devices.begin(), devices.end(),
            [](const json& a, const json& b) { return a["serial_number"] < b["serial_number"]; });
  return devices;
}

/// Whether as many devices were answered as were contacted after the filter's moment.
bool right_count(const question& asked, const json& all, const std::string& filter) {
  const auto reply = json::parse("{" + asked.answer, nullptr, false);
  const auto after = std::count_if(all.begin(), all.end(), [&](const json& device) {
    return parse_timestamp(device["last_contact"].get<std::string>()) > parse_timestamp(filter);
  });
  return !reply.is_discarded()
         && (reply["status"] == 200 ? reply["body"].size() : 0) == static_cast<std::size_t>(after);
}

} // namespace

std::vector<question> learn_questions(test::real_world& world) {
  world.forget_client();
  std::vector<question> result{with_answer(world, "{}"),
                               with_answer(world, R"({"last_contact_filter":"9999"})"),
                               with_answer(world, R"({"last_contact_filter":"9999-12-31"})")};
  const auto whole = json::parse("{" + result[0].answer, nullptr, false);
  const auto all = whole.is_object() ? whole.value("body", json{}) : json{};
  if (!all.is_array() || all.empty() || sorted(all) != sorted(world.expected()))
    return {};
  for (std::size_t i = 1; i <= all.size(); i *= 2) { // short answers often, long ones rarely
    const auto filter = all[i - 1]["last_contact"].get<std::string>();
    result.push_back(with_answer(world, json{{"last_contact_filter", filter}}.dump()));
    if (!right_count(result.back(), all, filter))
      return {};
  }
  return result;
}

clients::clients(const test::real_world& world, const outages& nats,
                 std::vector<question> questions, std::size_t count,
                 std::chrono::milliseconds pause)
    : world_{world}, nats_{nats}, questions_{std::move(questions)}, pause_{pause} {
  for (std::size_t i = 0; i < count; ++i)
    threads_.emplace_back([this, i] { ask_on(i); });
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

std::vector<double> clients::take_latencies() {
  const std::lock_guard lock{mutex_};
  return std::exchange(latencies_, {});
}

void clients::ask_on(std::size_t number) {
  test::nats_client connection{test::nats_url(world_.nats)};
  for (std::size_t i = 0; !stopping_; ++i) {
    const auto& next = questions_[(i + number) % questions_.size()];
    const auto id = std::to_string(number * 1'000'000'000 + i);
    const auto begin = std::chrono::steady_clock::now();
    ++counts_.sent;
    const auto reply =
        connection.ask(test::rpc_subject,
                       R"({"request_id":)" + id + R"(,"body":)" + next.body + "}", timeout_limit);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    if (!reply) // who sees that the machine stood still may be woken after this thread
      std::this_thread::sleep_for(100ms);
    const bool nats_was_there = !nats_.any(begin);
    if (!reply) {
      ++counts_.unanswered;
      if (nats_was_there && ++counts_.unanswered_with_nats <= 3)
        std::cout << to_string(to_timestamp(std::chrono::system_clock::now())) << ": no reply to "
                  << next.body << " within 3 s" << std::endl;
    } else {
      ++counts_.answered;
      counts_.slow += took > slow_after;
      counts_.slow_with_nats += took > slow_after && nats_was_there;
      {
        const std::lock_guard lock{mutex_};
        latencies_.push_back(took.count());
      }
      judge(next, id, *reply);
    }
    std::this_thread::sleep_for(pause_);
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
  if (reply.starts_with(begin + R"("body":")") && reply.ends_with(R"(","status":503})")) {
    ++counts_.refused;
    return;
  }
  std::string got = reply;
  if (const auto token = token_in(reply, begin)) {
    const auto parked = world_.parked_text(*token);
    if (!parked) {
      ++counts_.lost;
      return;
    }
    if (*parked == "{" + asked.answer)
      return;
    got = *parked;
  }
  if (++counts_.wrong <= 3)
    std::cout << "wrong reply to " << asked.body << ": " << got.substr(0, 300) << " (" << got.size()
              << " bytes)" << std::endl;
}

} // namespace hawkeye::chaos
