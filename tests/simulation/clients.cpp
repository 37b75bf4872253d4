#include "tests/simulation/clients.hpp"

#include <algorithm>
#include <array>

namespace hawkeye::simulation {

using nlohmann::json;

namespace {

const std::array<json, 5> request_ids{json("a-1"), json(7), json(nullptr), json({{"x", 1}}),
                                      json("\"\\u00e9")};

/// Timestamps around the contacts of the fleet: all, some, none of them are after these.
std::string filter_of(chance& luck) {
  switch (luck.below(4)) {
  case 0:
    return "2020-11-05";
  case 1:
    return "2020-11-06 00:00:00.5+00:00";
  default:
    return "2020-11-05T13:57:" + std::to_string(luck.between(10, 50)) + "Z";
  }
}

std::string malformed(chance& luck) {
  static const std::array<const char*, 6> texts{
      "",
      "hello",
      "[]",
      R"({"request_id":1})",
      R"({"request_id":1,"body":[]})",
      R"({"request_id":1,"body":{"last_contact_filter":"yesterday"}})"};
  return texts[luck.below(texts.size())];
}

} // namespace

clients::request clients::make(std::size_t who) {
  request x{who, {}, nullptr, {}, true, {}};
  if (luck_.one_in(8)) {
    x.good = false;
    x.bytes = malformed(luck_);
    if (x.bytes.starts_with('{'))
      x.id = 1;
    return x;
  }
  x.id = request_ids[luck_.below(request_ids.size())];
  json body = json::object();
  if (luck_.one_in(2))
    x.filter = body["last_contact_filter"] = filter_of(luck_);
  x.bytes = json{{"request_id", x.id}, {"body", body}}.dump();
  return x;
}

void clients::ask(replica& whom) {
  send(whom, make(whom.who));
}

void clients::ask_for_all(replica& whom) {
  send(whom, {whom.who, R"({"request_id":1,"body":{}})", 1, {}, true, {}});
}

void clients::send(replica& whom, request next) {
  const auto reply = "client." + std::to_string(++asked_);
  log_.note(whom.who, "asked", next.bytes);
  const auto bytes = next.bytes;
  open_.emplace(reply, std::move(next));
  whom.deliver(options_.nats.subject, reply, bytes);
}

void clients::answered(const replica& by, const test::published_message& reply) {
  log_.note(by.who, "answers", reply.data);
  const auto found = open_.find(reply.subject);
  if (found == open_.end() || found->second.reply)
    return log_.broke(by.who, "a request was answered twice, or after it was given up: "
                                  + reply.data.substr(0, 120));
  if (found->second.who != by.who)
    log_.broke(by.who, "a request to another instance was answered");
  found->second.reply = reply.data;
}

void clients::died(std::size_t who) {
  std::erase_if(open_, [who](const auto& x) { return x.second.who == who; });
}

void clients::check(const replica& by, const std::string& before, const std::string& after) {
  for (auto i = open_.begin(); i != open_.end();) {
    const auto& [reply, asked] = *i;
    if (asked.who != by.who) {
      ++i;
      continue;
    }
    auto problem = judge(asked, by, after);
    if (!problem.empty() && before != after && judge(asked, by, before).empty())
      problem.clear();
    if (!problem.empty())
      log_.broke(by.who, problem + "; asked: " + asked.bytes
                             + "; reply: " + asked.reply.value_or("none").substr(0, 300));
    i = open_.erase(i);
  }
}

/// What is wrong with the answer, given the devices; empty: nothing.
std::string clients::judge(const request& asked, const replica& by, const std::string& array) {
  if (!asked.reply)
    return "a request was not answered";
  const auto reply = json::parse(*asked.reply, nullptr, false);
  if (!reply.is_object() || !reply.contains("request_id"))
    return "an answer is no JSON object with a request_id";
  if (reply["request_id"] != asked.id)
    return "an answer has another request's id";
  const auto status = reply.value("status", 0);
  if (status == 503
      && (reply["body"] == "Service is overloaded, try again later"
              ? options_.nats.max_pending < 100
              : by.via->limit && may_be_unable_to_offload(by)))
    return {};
  if (!asked.good)
    return status == 400 ? "" : "a request that is none was not refused";
  if (array.empty())
    return status == 202 ? "" : "no devices yet, but the status is not 202";
  if (parsed_from_ != array)
    parsed_ = json::parse(parsed_from_ = array, nullptr, false);
  auto expected = json::array();
  for (const auto& device : parsed_)
    // Contacts begin as filters do: texts compare as timestamps.
    if (!asked.filter
        || device["last_contact"].get<std::string>().substr(0, 19)
               >= asked.filter->substr(0, asked.filter->find('Z')))
      expected.push_back(device);
  if (expected.empty())
    return status == 404 ? "" : "no device is left, but the status is not 404";
  if (reply.contains("token"))
    return judge_stored(asked, reply, expected);
  return status == 200 && reply["body"] == expected ? "" : "the devices are not the right ones";
}

std::string clients::judge_stored(const request&, const json& reply, const json& expected) {
  const auto found = redis_->payloads.find(reply["token"].get<std::string>());
  if (found == redis_->payloads.end())
    return lost_tokens_ != time_point{} && log_.now() - lost_tokens_ < 1s
               ? ""
               : "an answer is stored under a token that Redis does not have";
  const auto stored = json::parse(found->second, nullptr, false);
  return stored.value("status", 0) == 200 && stored["body"] == expected
             ? ""
             : "the stored devices are not the right ones";
}

/// Redis has failed this instance so short ago that it need not have noticed that it is back.
bool clients::may_be_unable_to_offload(const replica& by) const {
  return by.redis_failed != time_point{} && log_.now() - by.redis_failed <= 2s;
}

} // namespace hawkeye::simulation
