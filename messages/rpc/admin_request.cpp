#include "messages/rpc/admin_request.hpp"

#include <nlohmann/json.hpp>

#include "messages/base/json_value.hpp"
#include "messages/base/json_writer.hpp"
#include "messages/base/limits.hpp"

namespace hawkeye {

namespace {

constexpr const char* no_serial =
    R"(body.serial_number is missing or no text; right is {"serial_number": "B827EB76A8DE"})";
constexpr const char* long_serial = "body.serial_number is longer than 16 kB";

/// Empty if the member is missing or not a string.
std::string text_member(const nlohmann::json& of, const char* name) {
  const auto found = of.find(name);
  return found != of.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

} // namespace

tl::expected<admin_request, rpc_refusal> read_admin_body(endpoint to, std::string_view body) {
  admin_request result;
  if (body.empty())
    body = "{}";
  const auto parsed = read_json<nlohmann::json>(body);
  if (!parsed.is_object())
    return refuse({"null", "the body is no JSON object"});
  const auto serial = parsed.find("serial_number");
  const bool named = serial != parsed.end() && !serial->is_null();
  const auto text = text_member(parsed, "serial_number");
  if (named ? text.empty() : to == endpoint::explain)
    return refuse({"null", no_serial});
  if (text.size() > max_probe_text)
    return refuse({"null", long_serial});
  result.history = parsed.value("history", nlohmann::json{}) == true;
  result.serving = parsed.value("serving", nlohmann::json{}) == true;
  result.leader_status = parsed.value("ask", nlohmann::json{}) == "status";
  result.instead_of = text_member(parsed, "instead_of");
  result.claims = parsed.value("claims", nlohmann::json{}) == true;
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
