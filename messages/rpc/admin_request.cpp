#include "messages/rpc/admin_request.hpp"

#include <map>
#include <optional>

#include "messages/base/json.hpp"
#include "messages/base/json_writer.hpp"
#include "messages/base/limits.hpp"

namespace hawkeye {

namespace {

constexpr const char* no_serial =
    R"(body.serial_number is missing or no text; right is {"serial_number": "B827EB76A8DE"})";
constexpr const char* long_serial = "body.serial_number is longer than 16 kB";

/// The raw members of a JSON object by name; nothing if it is none. Members that no request has may
/// hold what a parser refuses, such as 1e400.
using members = std::map<std::string, std::string_view, std::less<>>;
std::optional<members> members_of(std::string_view object) {
  members result;
  const auto end = for_each_json_member(object, [&](std::string_view key, std::string_view value) {
    result.insert_or_assign(unescape_json_string(key).value_or(""), value);
  });
  return end && is_valid_json(object) ? std::optional{std::move(result)} : std::nullopt;
}

std::string_view raw_member(const members& of, std::string_view name) {
  const auto found = of.find(name);
  return found == of.end() ? "null" : found->second;
}

/// Empty if the member is missing or not a string.
std::string text_member(const members& of, std::string_view name) {
  return unescape_json_string(raw_member(of, name)).value_or("");
}

} // namespace

tl::expected<admin_request, rpc_refusal> read_admin_body(endpoint to, std::string_view body) {
  admin_request result;
  if (body.empty())
    body = "{}";
  const auto given = members_of(body);
  if (!given)
    return refuse({"null", "the body is no JSON object"});
  const bool named = raw_member(*given, "serial_number") != "null";
  const auto text = text_member(*given, "serial_number");
  if (named ? text.empty() : to == endpoint::explain)
    return refuse({"null", no_serial});
  if (text.size() > max_probe_text)
    return refuse({"null", long_serial});
  result.history = raw_member(*given, "history") == "true";
  result.serving = raw_member(*given, "serving") == "true";
  result.leader_status = text_member(*given, "ask") == "status";
  result.instead_of = text_member(*given, "instead_of");
  result.claims = raw_member(*given, "claims") == "true";
  result.serial_number = text;
  return result;
}

tl::expected<admin_request, rpc_refusal> read_admin_request(endpoint to, std::string_view bytes) {
  const auto envelope = read_rpc_envelope(bytes);
  if (!envelope)
    return refuse(envelope.error());
  auto read = read_admin_body(to, envelope->body);
  if (read)
    read->request_id = envelope->request_id;
  else
    read.error().request_id = envelope->request_id;
  return read;
}

std::string json_reply(std::string_view request_id, std::string_view body, int status) {
  json_writer out;
  out.begin_object().key("request_id").raw(request_id).key("body").raw(body);
  return out.member("status", status).end_object().take();
}

} // namespace hawkeye
