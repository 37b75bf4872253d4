// Bruin's two answers, as bodies of a 200 reply: whose a serial number is, and whether it is
// monitored. The same bytes are read as both.
#include "messages/bridges/bruin_reply.hpp"

#include <string>

#include "messages/base/json.hpp"
#include "messages/base/limits.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

/// The client_id of an entry, null where there is none that is a number or a text.
json id_of(const json& entry) {
  const auto id = entry.is_object() ? entry.value("client_id", json{}) : json{};
  return id.is_number() || id.is_string() ? id : json{};
}

void compare(const client_info& read, const json& naive) {
  demand(naive.is_array() && read.all_ids.size() == naive.size(), "every client is counted");
  demand(read.first.empty() == naive.empty(), "the first client is there where there is one");
  for (std::size_t i = 0; i < naive.size(); ++i)
    demand(json::parse(read.all_ids[i]) == id_of(naive[i]), "every client_id is the one sent");
  if (!naive.empty())
    demand(json::parse(read.first) == naive[0], "the first client is handed on unchanged");
}

/// What the list has too much of, as the refusal names it; an id that is too long may be short as
/// the naive reading writes it.
bool is_over_limit(std::string_view reason, const json_slice& body, const json& naive) {
  if (reason.starts_with("the list of clients has more than"))
    return naive.size() > max_clients || body.text.size() > max_client_id_bytes;
  return reason == "the first client is longer than 64 kB" && body.text.size() > max_client_bytes;
}

void check_refusal(std::string_view reason, const json_slice& body, const json& naive) {
  demand_sentence(reason, 400);
  demand(!naive.is_array() || (!naive.empty() && id_of(naive[0]).is_null())
             || is_over_limit(reason, body, naive),
         "a list of clients within the limits is taken");
}

void check_clients(const json_slice& body, const opinion& said) {
  const auto read = read_client_info(body);
  if (const auto* why = error_of(read)) {
    if (said.counts && said.value)
      return check_refusal(why->reason, body, *said.value);
    return demand_sentence(why->reason, 400);
  }
  const auto& clients = *read;
  if (said.counts && said.value)
    compare(clients, *said.value);
  demand(clients.all_ids.size() <= max_clients && clients.client_id.size() <= max_client_id_bytes
             && clients.first.size() <= max_client_bytes,
         "no client is taken that is over a limit");
  if (clients.first.empty())
    return;
  demand(is_valid_json(clients.first), "a client is valid JSON");
  demand(is_valid_json(management_status_request_body(clients.client_id, "S\"\n")),
         "the question about a client is valid JSON");
}

void check_status(const json_slice& body, const opinion& said) {
  const auto read = read_management_status(body);
  if (const auto* why = error_of(read)) {
    demand_sentence(why->reason, 400);
    const bool too_long = body.text.size() > max_status_bytes
                          && why->reason == "the management status is longer than 1 kB";
    if (said.counts && said.value)
      demand(!(said.value->is_null() || said.value->is_string()) || too_long,
             "a text within the limit, or null, is taken for a status");
    return;
  }
  const auto& status = *read;
  if (said.counts && said.value)
    demand(status ? *said.value == *status : said.value->is_null(), "the status is the one sent");
}

} // namespace

void bruin_reply(std::string_view bytes) {
  const auto body = as_body(bytes);
  if (!body)
    return;
  const auto said = second_opinion(body->text);
  check_clients(*body, said);
  check_status(*body, said);
}

} // namespace hawkeye::fuzz
