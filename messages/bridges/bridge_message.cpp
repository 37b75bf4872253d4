// Envelopes of requests and replies. A reply is validated once as a whole, because simdjson
// On-Demand does not validate the parts it skips and slices of the body are passed through
// unchanged. A body is never copied.
#include "messages/bridges/bridge_message.hpp"

#include <algorithm>

#include "messages/base/json_value.hpp"
#include "messages/base/json_writer.hpp"
#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

/// The fields of the envelope; raw slices of the payload.
struct envelope {
  std::optional<std::string_view> body, status, is_stored, token;
};

/// Stores a field; false if it was set before.
bool put(envelope& found, std::string_view key, std::string_view value) {
  auto* field = key == "body"        ? &found.body
                : key == "status"    ? &found.status
                : key == "is_stored" ? &found.is_stored
                : key == "token"     ? &found.token
                                     : nullptr;
  if (!field)
    return true;
  if (*field)
    return false;
  *field = value;
  return true;
}

/// Strict, so that every slice passed on is valid JSON in valid UTF-8.
expected<envelope> read_envelope(std::string_view text) {
  if (text.size() > 0xFFFFFFF0u)
    return fail("the reply is larger than 4 GB");
  envelope result;
  std::string twice;
  const auto end = for_each_json_member(text, [&](std::string_view key, std::string_view value) {
    const auto name = unescape_json_string(key).value_or("");
    if (!put(result, name, value))
      twice = name;
  });
  if (!end || skip_json_space(text, *end) != text.size()
      || !simdjson::validate_utf8(text.data(), text.size()))
    return fail("the reply is no JSON object: " + where_invalid(text));
  if (!twice.empty())
    return fail("the reply names \"" + twice + "\" twice");
  return result;
}

/// Three digits, 000 to 999; nothing for any other text.
std::optional<unsigned> read_status(std::string_view raw) {
  return raw.size() == 3 ? whole_number<unsigned>(raw) : std::nullopt;
}

bridge_reply read_token(std::string_view raw) {
  const auto token = unescape_json_string(raw);
  if (!token || !is_token(*token))
    return bridge_failure{
        {"the reply is stored under a token of the wrong form: " + printable(raw, 60)},
        "bad_token"};
  return stored_elsewhere{*token};
}

} // namespace

std::string bridge_request(std::string_view request_id, std::string_view body) {
  json_writer out;
  out.begin_object().member("request_id", request_id).key("body").raw(body);
  return out.end_object().take();
}

bool is_token(std::string_view text) noexcept {
  return text.size() >= 20 && text.size() <= 40
         && std::all_of(text.begin(), text.end(),
                        [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_stream_acknowledgement(std::string_view reply) {
  constexpr std::size_t longest = 1024; // stream names have at most 255 characters
  if (reply.size() > longest
      || (reply.find("stream") == reply.npos && reply.find("err_code") == reply.npos))
    return false; // as almost all replies, without reading it
  bool stream = false, sequence = false, error = false, other = false;
  const auto end = for_each_json_member(reply, [&](std::string_view key, std::string_view value) {
    stream |= json_string_means(key, "stream") && value.starts_with('"');
    sequence |= json_string_means(key, "seq") && !value.starts_with('"');
    error |= json_string_means(key, "error") && value.find("\"err_code\"") != value.npos;
    for (const auto* ours : {"body", "status", "token"})
      other |= json_string_means(key, ours);
  });
  return end && !other && ((stream && sequence) || error);
}

bridge_reply read_bridge_reply(const payload_ptr& payload) {
  auto read = read_envelope(payload->view());
  if (auto* why = error_of(read))
    return bridge_failure{std::move(*why), "garbage"};
  const auto& found = *read;
  if (found.is_stored == "true")
    return read_token(found.token.value_or("nothing"));
  if (!found.status)
    return bridge_failure{{"the reply has no status: " + printable(payload->view())}, "null"};
  const auto status = read_status(*found.status);
  if (!status || *status < 200 || *status > 299)
    return bridge_failure{{"status " + printable(*found.status, 40) + ": "
                           + printable(found.body.value_or("no body"))},
                          status ? std::to_string(*status) : "null"};
  if (!found.body)
    return bridge_failure{{"the reply has no body: " + printable(payload->view())}, "garbage"};
  return json_slice{payload, *found.body};
}

} // namespace hawkeye
