// Converts the body of Bruin's replies to the values that the resolver uses.
#include "messages/bridges/bruin_reply.hpp"

#include "messages/base/json_writer.hpp"
#include "messages/base/limits.hpp"

namespace hawkeye {

namespace {

/// One entry of a list of clients.
struct client_entry {
  bool is_object = false;
  std::string client_id = "null"; ///< raw; "null" if it is neither a number nor a string
};

/// Reads the entry at the start of `text`. Returns the offset after it, or nothing if it is
/// invalid.
std::optional<std::size_t> read_entry(std::string_view text, client_entry& entry) {
  entry.is_object = text.starts_with('{');
  if (!entry.is_object)
    return skip_json_value(text, 0, 1);
  std::optional<std::string_view> id;
  const auto end = for_each_json_member(
      text,
      [&](std::string_view key, std::string_view value) {
        if (!id && json_string_means(key, "client_id"))
          id = value;
      },
      1);
  constexpr std::string_view begins_text_or_number = "\"-0123456789";
  if (id && begins_text_or_number.find(id->front()) != std::string_view::npos)
    entry.client_id = *id;
  return end;
}

} // namespace

std::string client_info_request_body(std::string_view serial_number) {
  return json_writer{}.begin_object().member("service_number", serial_number).end_object().take();
}

std::string management_status_request_body(std::string_view client_id,
                                           std::string_view serial_number) {
  json_writer out;
  out.begin_object().key("client_id").raw(client_id).member("service_number", serial_number);
  return out.member("status", "A").end_object().take();
}

expected<client_info> read_client_info(const json_slice& body) {
  client_info result;
  bool too_much = false;
  const auto end = for_each_json_element(body.text, [&](std::string_view rest) {
    client_entry entry;
    auto size = read_entry(rest, entry);
    if (!size || (!entry.is_object && result.all_ids.empty()))
      return std::optional<std::size_t>{};
    if (result.all_ids.empty())
      result.first = rest.substr(0, *size);
    result.all_ids.push_back(std::move(entry.client_id));
    too_much =
        result.all_ids.size() > max_clients || result.all_ids.back().size() > max_client_id_bytes;
    return too_much ? std::nullopt : size;
  });
  if (too_much)
    return fail("the list of clients has more than " + std::to_string(max_clients)
                + " entries, or a client_id longer than 1 kB");
  if (!end || skip_json_space(body.text, *end) != body.text.size()
      || !simdjson::validate_utf8(body.text.data(), body.text.size()))
    return fail("the client info is no list of clients: " + printable(body.text));
  if (result.all_ids.empty())
    return result;
  if (result.all_ids[0] == "null")
    return fail("the first client has no client_id: " + printable(body.text));
  if (result.first.size() > max_client_bytes)
    return fail("the first client is longer than 64 kB");
  result.client_id = result.all_ids[0];
  return result;
}

expected<std::optional<std::string>> read_management_status(const json_slice& body) {
  if (body.text == "null")
    return std::optional<std::string>{};
  if (body.text.size() > max_status_bytes)
    return fail("the management status is longer than 1 kB");
  auto text = unescape_json_string(body.text);
  if (!text)
    return fail("the management status is neither a text nor null: " + printable(body.text));
  return text;
}

} // namespace hawkeye
