// A bridge's reply: its envelope, or the token under which it stands in Redis.
#include <algorithm>
#include <string>

#include "messages/base/json.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

bool is_good_status(const json& x) {
  return x.is_number_integer() && x >= 200 && x <= 299;
}

} // namespace

void bridge_reply(std::string_view bytes) {
  const auto payload = make_payload(bytes);
  const auto read = read_bridge_reply(payload);
  const auto* body = std::get_if<json_slice>(&read);
  const auto* token = std::get_if<stored_elsewhere>(&read);
  if (const auto* why = std::get_if<bridge_failure>(&read))
    demand_sentence(why->reason, 400);
  if (token)
    demand(token->token.size() >= 20 && token->token.size() <= 40
               && std::all_of(token->token.begin(), token->token.end(),
                              [](unsigned char c) { return std::isalnum(c) || c == '-'; }),
           "only a token of the right form is followed");
  if (body) {
    demand(is_valid_json(body->text), "a body is valid JSON");
    demand(body->text.data() >= payload->data()
               && body->text.data() + body->text.size() <= payload->data() + payload->size(),
           "a body stands within its payload");
  }
  const auto said = second_opinion(bytes);
  if (!said.counts || (said.value && depth_of(bytes) > max_json_depth))
    return;
  const bool is_object = said.value && said.value->is_object();
  demand(is_object || (!body && !token), "only an object is a reply");
  if (!is_object)
    return;
  const auto field = [&](const char* name) {
    return said.value->value(name, json{});
  };
  const bool elsewhere = field("is_stored") == true;
  if (token)
    demand(elsewhere && field("token") == token->token, "the token is the one that was sent");
  if (body)
    demand(!elsewhere && is_good_status(field("status"))
               && json::parse(body->text) == said.value->at("body"),
           "the body is the one that was sent with a 2xx");
  else if (!elsewhere)
    demand(!is_good_status(field("status")) || !said.value->contains("body"),
           "a 2xx with a body is taken");
}

} // namespace hawkeye::fuzz
