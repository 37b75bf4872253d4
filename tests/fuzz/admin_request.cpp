// Requests to the admin actor over NATS: the first byte says to which endpoint.
#include "messages/rpc/admin_request.hpp"

#include "messages/base/json.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

using nlohmann::json;

void admin_request(std::string_view bytes) {
  if (bytes.empty())
    return;
  const auto to = static_cast<endpoint>(static_cast<unsigned char>(bytes[0]) % endpoint_count);
  bytes.remove_prefix(1);
  const auto read = read_admin_request(to, bytes);
  if (!read) {
    const auto& refusal = read.error();
    demand_sentence(refusal.sentence, 400);
    demand_reply(sentence_reply(refusal.request_id, refusal.sentence, 400), 400);
    return;
  }
  const auto& asked = *read;
  demand(to != endpoint::explain || !asked.serial_number.empty(), "explain has a serial number");
  std::string body = R"({"serial_number":)";
  append_json_string(body, asked.serial_number);
  const auto reply = demand_reply(json_reply(asked.request_id, body + "}", 200), 200);
  const auto said = second_opinion(bytes);
  if (!said.counts)
    return;
  demand(said.value && said.value->is_object() && said.value->value("body", json{}).is_object(),
         "only an envelope is taken");
  const auto serial = said.value->at("body").value("serial_number", json{});
  demand(serial.is_null() ? asked.serial_number.empty() : serial == asked.serial_number,
         "the serial number is the one that was sent");
  demand(reply.is_null() || reply["request_id"] == said.value->value("request_id", json{}),
         "the request_id comes back as it was sent");
}

} // namespace hawkeye::fuzz
