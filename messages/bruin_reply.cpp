// Bruin's answers, from the body of a reply to what the resolver decides on.
#include "messages/bruin_reply.hpp"

#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

namespace ondemand = simdjson::ondemand;

simdjson::padded_string_view padded(const json_slice& x) {
  return simdjson::padded_string_view{x.text, x.text.size() + simdjson::SIMDJSON_PADDING};
}

std::string_view trimmed(std::string_view text) {
  while (
      !text.empty()
      && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// The raw client_id of an entry; "null" where it has none.
std::string client_id_of(ondemand::object& entry) {
  ondemand::value id;
  ondemand::json_type type;
  if (entry.find_field_unordered("client_id").get(id) || id.type().get(type)
      || (type != ondemand::json_type::number && type != ondemand::json_type::string))
    return "null";
  return std::string{trimmed(id.raw_json_token())};
}

} // namespace

std::string client_info_request_body(std::string_view serial_number) {
  std::string result{R"({"service_number":)"};
  append_json_string(result, serial_number);
  return result += '}';
}

std::string management_status_request_body(std::string_view client_id,
                                           std::string_view serial_number) {
  std::string result{R"({"client_id":)"};
  result += client_id;
  result += R"(,"service_number":)";
  append_json_string(result, serial_number);
  return result += R"(,"status":"A"})";
}

fallible<client_info> read_client_info(const json_slice& body) {
  const failure wrong_shape{"the client info is no list of clients: " + printable(body.text)};
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array list;
  // The first entry is handed on as it stands, and On-Demand does not look at what it skips.
  if (!is_valid_json(body.text) || parser.iterate(padded(body)).get(document)
      || document.get_array().get(list))
    return wrong_shape;
  client_info result;
  for (auto value : list) {
    ondemand::object entry;
    const bool is_object = !value.get_object().get(entry);
    if (value.error() || (!is_object && result.all_ids.empty()))
      return wrong_shape;
    result.all_ids.push_back(is_object ? client_id_of(entry) : "null");
    if (result.all_ids.size() > 1)
      continue;
    std::string_view raw;
    if (result.all_ids[0] == "null" || entry.reset().error() || entry.raw_json().get(raw))
      return failure{"the first client has no client_id: " + printable(body.text)};
    result.first = trimmed(raw);
    result.client_id = result.all_ids[0];
  }
  return result;
}

fallible<std::optional<std::string>> read_management_status(const json_slice& body) {
  if (body.text == "null")
    return std::optional<std::string>{};
  auto text = unescape_json_string(body.text);
  if (!text)
    return failure{"the management status is neither a text nor null: " + printable(body.text)};
  return text;
}

} // namespace hawkeye
