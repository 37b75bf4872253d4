// A client's request, from its bytes to the bytes of its reply. The naive second opinion reads it
// with nlohmann-json and filters device by device.
#include <string>

#include "messages/base/json.hpp"
#include "messages/rpc/rpc.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

/// Two devices a day of July 2020, some at the same moment; few, for each reply holds them.
const snapshot_ptr& devices() {
  static const auto result = [] {
    std::vector<device> all;
    for (int i = 0; i < 12; ++i) {
      const timestamp at{1'593'561'600 + i / 2 * 86'400, i % 4 == 0 ? 500'000'000 : 0};
      const auto serial = "S" + std::to_string(i);
      all.push_back(
          {serial, at,
           device_json(serial, to_string(at), R"({"client_id":1})", R"("probe_id":"1")")});
    }
    return std::make_shared<const snapshot>(snapshot_meta{}, std::move(all));
  }();
  return result;
}

/// What the table of requests and replies says, the slow way.
struct verdict {
  bool good = false;
  json id;
  std::optional<timestamp> filter;
};

verdict judge(const json& request) {
  verdict result;
  if (!request.is_object() || !request.contains("body") || !request["body"].is_object())
    return result;
  result.id = request.value("request_id", json{});
  const auto filter = request["body"].value("last_contact_filter", json{});
  if (filter.is_string())
    result.filter = parse_timestamp(filter.get<std::string>());
  result.good = filter.is_null() || result.filter;
  return result;
}

std::size_t count_slowly(const std::optional<timestamp>& filter) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < devices()->size(); ++i)
    if (!filter || devices()->last_contact(i) > *filter)
      ++count;
  return count;
}

} // namespace

void rpc_request(std::string_view bytes) {
  const auto read = read_rpc_request(bytes);
  const auto said = second_opinion(bytes);
  const bool comparable = said.counts && (!said.value || depth_of(bytes) <= max_json_depth)
                          && bytes.size() <= max_request_id_bytes;
  const auto naive = said.value ? judge(*said.value) : verdict{};
  if (comparable)
    demand(read.has_value() == naive.good,
           "a request is taken exactly where the naive reading takes it");
  if (!read) {
    const auto& refusal = read.error();
    demand_sentence(refusal.sentence, 400);
    demand_reply(sentence_reply(refusal.request_id, refusal.sentence, 400), 400);
    return;
  }
  const auto& asked = *read;
  const auto count = devices()->count_after(asked.filter);
  demand(count == count_slowly(asked.filter), "a filter's answer equals a naive one's");
  if (comparable)
    demand(asked.filter == naive.filter, "the filter is the one that was sent");
  static reply_writer writer;
  const auto reply = demand_reply(writer.write(asked.request_id, *devices(), count), 200);
  demand(device_reply_size(asked.request_id, *devices(), count)
             == writer.write(asked.request_id, *devices(), count).size(),
         "the size of a reply is known before it is written");
  if (reply.is_null())
    return;
  demand(reply["body"].size() == count, "a reply has as many devices as were counted");
  if (comparable)
    demand(reply["request_id"] == naive.id, "the request_id comes back as it was sent");
}

} // namespace hawkeye::fuzz
