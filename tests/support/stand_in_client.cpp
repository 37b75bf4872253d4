// The stand-in's other side: one question, one answer.
#include "tests/support/stand_in_client.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/support/stand_in_nats.hpp"
#include "tests/support/stand_in_redis.hpp"

namespace hawkeye::stand_in {

namespace {

using nlohmann::json;

expected<std::string> request(const question& what) {
  auto connected = connect(what.nats_url, false);
  if (auto* why = error_of(connected))
    return fail(*why);
  natsMsg* reply = nullptr;
  const auto status =
      natsConnection_Request(&reply, connected->get(), what.subject.c_str(), what.body.data(),
                             static_cast<int>(what.body.size()), what.timeout_ms);
  if (status != NATS_OK)
    return fail("no answer from " + what.subject + ": " + natsStatus_GetText(status));
  const message_ptr owner{reply};
  return std::string{natsMsg_GetData(reply),
                     static_cast<std::size_t>(natsMsg_GetDataLength(reply))};
}

expected<std::string> recover(const question& what, std::string text) {
  const auto document = text.size() < 1'000 ? json::parse(text, nullptr, false) : json{};
  if (!document.is_object() || document.value("is_stored", json{}) != true)
    return text;
  redis_shelf shelf{what.redis_url};
  auto stored = shelf.get(document.value("token", ""));
  if (!stored)
    return fail("the reply is stored in Redis, and not found there: is --redis right?");
  return *stored;
}

int compare(const std::string& reply, const std::string& file) {
  std::stringstream text;
  text << (file == "-" ? std::cin.rdbuf() : std::ifstream{file}.rdbuf());
  const auto ours = json::parse(text.str(), nullptr, false);
  const auto theirs = json::parse(reply, nullptr, false);
  if (!ours.is_array() || !theirs.is_array()) {
    std::cerr << "cannot compare: " << (ours.is_array() ? "the reply" : file)
              << " is no JSON list\n";
    return 1;
  }
  for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i)
    if (ours[i] != theirs[i]) {
      std::cerr << "different at " << i << "\n  is      " << ours[i].dump() << "\n  must be "
                << theirs[i].dump() << '\n';
      return 1;
    }
  if (ours.size() != theirs.size()) {
    std::cerr << ours.size() << " where there must be " << theirs.size() << '\n';
    return 1;
  }
  std::cout << "equal: " << ours.size() << '\n';
  return 0;
}

} // namespace

int ask(const question& what) {
  auto reply = request(what);
  if (reply.has_value())
    reply = recover(what, *std::move(reply));
  if (const auto* why = error_of(reply)) {
    std::cerr << "bridge_stand_in: " << why->reason << '\n';
    return 1;
  }
  const auto& text = *reply;
  if (!what.same_as.empty())
    return compare(text, what.same_as);
  std::cout << text << '\n';
  return 0;
}

} // namespace hawkeye::stand_in
