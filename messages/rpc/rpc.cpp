#include "messages/rpc/rpc.hpp"

#include "messages/base/json_writer.hpp"
#include "messages/base/result.hpp"

namespace hawkeye {

namespace {

constexpr std::string_view expected_request =
    R"(expected an object such as {"request_id": ..., "body": {...}})";
constexpr std::string_view expected_timestamp =
    R"(expected a timestamp such as "2020-07-15T15:25:42.000Z" or null)";

std::string kind_of(std::string_view value) {
  const char first = value.front();
  return first == '"'                   ? "a text"
         : first == '{'                 ? "an object"
         : first == '['                 ? "a list"
         : first == 't' || first == 'f' ? "a boolean"
         : first == 'n'                 ? "null"
                                        : "a number";
}

/// For a text that was rejected as JSON: true if it is nested too deeply.
bool is_too_deep(std::string_view text) noexcept {
  std::size_t depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size() && depth <= max_json_depth; ++i) {
    const char c = text[i];
    if (in_text && c == '\\')
      ++i;
    else if (c == '"')
      in_text = !in_text;
    else if (!in_text && (c == '{' || c == '['))
      ++depth;
    else if (!in_text && depth > 0 && (c == '}' || c == ']'))
      --depth;
  }
  return depth > max_json_depth;
}

rpc_refusal no_json(std::string_view bytes) {
  if (bytes.empty())
    return {"null", fmt::format("The request is empty: {}", expected_request)};
  if (bytes.size() > max_request_bytes)
    return {"null", "The request is longer than 1 MiB", limit::request_bytes};
  if (is_too_deep(bytes))
    return {"null",
            fmt::format("The request nests deeper than {} levels: {}", max_json_depth,
                        expected_request),
            limit::nesting};
  return {"null",
          fmt::format("The request is not JSON: {}, got {}", expected_request, printable(bytes))};
}

/// The filter in a body object; nothing if there is none.
expected<std::optional<timestamp>> read_filter(std::string_view body) {
  std::string_view raw;
  bool twice = false;
  for_each_json_member(body, [&](std::string_view key, std::string_view value) {
    if (!json_string_means(key, "last_contact_filter"))
      return;
    twice = twice || !raw.empty();
    raw = value;
  });
  if (twice)
    return fail(R"(body names "last_contact_filter" twice)");
  if (raw.empty() || raw == "null")
    return std::optional<timestamp>{};
  if (raw.front() != '"')
    return fail("last_contact_filter is {}: {}", kind_of(raw), expected_timestamp);
  const auto plain = raw.substr(1, raw.size() - 2);
  const auto read = plain.find('\\') == std::string_view::npos
                        ? parse_timestamp(plain)
                        : parse_timestamp(unescape_json_string(raw).value_or(""));
  if (read)
    return read;
  return fail("last_contact_filter is no timestamp: {}, got \"{}\"", expected_timestamp,
              printable(plain));
}

constexpr std::string_view head_begin = R"({"request_id":)";
constexpr std::string_view devices_begin = R"(,"body":[)";
constexpr std::string_view devices_end = R"(],"status":200})";

} // namespace

tl::expected<rpc_envelope, rpc_refusal> read_rpc_envelope(std::string_view bytes) {
  const auto start = skip_json_space(bytes, 0);
  if (bytes.size() > max_request_bytes || !is_valid_json(bytes))
    return refuse(no_json(bytes));
  if (bytes[start] != '{')
    return refuse({"null", fmt::format("The request is {}: {}", kind_of(bytes.substr(start)),
                                       expected_request)});
  std::string_view id, body;
  std::string_view twice;
  for_each_json_member(bytes.substr(start), [&](std::string_view key, std::string_view value) {
    const bool is_id = json_string_means(key, "request_id");
    if (!is_id && !json_string_means(key, "body"))
      return;
    auto& field = is_id ? id : body;
    if (field.empty())
      field = value;
    else if (twice.empty())
      twice = is_id ? "request_id" : "body";
  });
  if (id.size() > max_request_id_bytes)
    return refuse({"null", "request_id is longer than 16 kB", limit::request_bytes});
  if (id.empty())
    id = "null";
  if (!twice.empty())
    return refuse({id, fmt::format(R"(The request names "{}" twice)", twice)});
  if (body.empty())
    return refuse({id, fmt::format("The request has no body: {}", expected_request)});
  if (body.front() != '{')
    return refuse({id, fmt::format("body is {}: {}", kind_of(body), expected_request)});
  return rpc_envelope{id, body};
}

tl::expected<rpc_request, rpc_refusal> read_rpc_request(std::string_view bytes) {
  auto envelope = read_rpc_envelope(bytes);
  if (!envelope)
    return refuse(std::move(envelope.error()));
  auto filter = read_filter(envelope->body);
  if (!filter)
    return refuse({envelope->request_id, std::move(filter.error().reason)});
  return rpc_request{envelope->request_id, *filter};
}

// Written by hand, like the replies with devices, because it answers every request for which there
// are no devices: 240 ns instead of 420 ns with json_writer.
std::string sentence_reply(std::string_view request_id, std::string_view sentence, int status) {
  std::string result{head_begin};
  result += request_id;
  result += R"(,"body":)";
  append_json_string(result, sentence);
  result += R"(,"status":)";
  result += std::to_string(status);
  result += '}';
  return result;
}

std::string token_reply(std::string_view request_id, std::string_view token) {
  json_writer out;
  out.begin_object().key("request_id").raw(request_id).member("is_stored", true);
  return out.member("token", token).end_object().take();
}

std::string offloaded_reply(const snapshot& from, std::size_t count) {
  const auto devices = from.first(count); // possibly tens of megabytes: copied once
  std::string result;
  result.reserve(devices.size() + 32);
  for (const auto part : {std::string_view{R"({"body":[)"}, devices, devices_end})
    result += part;
  return result;
}

std::size_t device_reply_size(std::string_view request_id, const snapshot& from,
                              std::size_t count) noexcept {
  return head_begin.size() + request_id.size() + devices_begin.size() + from.first(count).size()
         + devices_end.size();
}

std::string_view reply_writer::write(std::string_view request_id, const snapshot& from,
                                     std::size_t count) {
  // Releases memory after a far larger snapshot.
  if (buffer_.capacity() / 4 > from.array().size() + (1u << 20))
    buffer_ = {};
  buffer_.clear();
  buffer_.reserve(device_reply_size(request_id, from, count));
  for (const auto part : {head_begin, request_id, devices_begin, from.first(count), devices_end})
    buffer_ += part;
  return buffer_;
}

} // namespace hawkeye
