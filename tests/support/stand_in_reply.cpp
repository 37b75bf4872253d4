// The bridges' replies, right and wrong.
#include "tests/support/stand_in_reply.hpp"

#include <array>
#include <cstdio>
#include <functional>
#include <random>

#include <nlohmann/json.hpp>

namespace hawkeye::stand_in {

namespace {

using nlohmann::json;

/// Half of the real replies name their request, half do not.
std::string envelope(std::string_view body, std::string_view status,
                     const std::string& request_id) {
  std::string result = "{";
  result.reserve(body.size() + request_id.size() + 64);
  if (!request_id.empty() && std::hash<std::string>{}(request_id) % 2 == 0)
    result += "\"request_id\": " + request_id + ", ";
  result += "\"body\": ";
  result += body;
  result += ", \"status\": ";
  result += status;
  return result += '}';
}

std::string body_of(const call& asked, const fleet& from, bool partial) {
  if (asked.to == bridge::hawkeye)
    return from.probes(partial);
  const auto index = from.find(asked.serial_number);
  if (asked.to == bridge::client_info)
    return index ? from.clients(*index) : "[]";
  return index ? from.management_status(*index) : "null";
}

std::string wrong_type(bridge of) {
  switch (of) {
  case bridge::hawkeye:
    return R"({"probes": "none today"})";
  case bridge::client_info:
    return R"(["no client here", {"client_id": 1}])";
  default:
    return R"({"status": "Pending"})";
  }
}

std::string huge_body(bridge of, std::size_t bytes) {
  const std::string filling(bytes, 'x');
  switch (of) {
  case bridge::hawkeye:
    return R"([{"probeId":"1","uid":")" + filling
           + R"(","serialNumber":"B827EB","nodetonode":{"lastUpdate":"2020-11-05T13:57:07Z"}}])";
  case bridge::client_info:
    return R"([{"client_id": 1, "client_name": ")" + filling + "\"}]";
  default:
    return "\"" + filling + "\"";
  }
}

/// Shows what the calls have in common: an envelope with a request id and a body that is an object.
call read_envelope(bridge to, const json& document) {
  call result;
  result.to = to;
  const auto id = document.is_object() ? document.find("request_id") : document.end();
  const auto body = document.is_object() ? document.find("body") : document.end();
  if (!document.is_object() || id == document.end() || !id->is_string()
      || id->get_ref<const std::string&>().empty())
    result.problem = "the request has no request_id that is a text";
  else if (body == document.end() || !body->is_object())
    result.problem = "the request has no body that is an object";
  else
    result.request_id = id->dump();
  return result;
}

} // namespace

call read_call(bridge to, std::string_view request) {
  const auto document = json::parse(request.begin(), request.end(), nullptr, false);
  auto result = read_envelope(to, document);
  if (!result.problem.empty() || to == bridge::hawkeye)
    return result;
  const auto& body = document["body"];
  const auto serial = body.find("service_number");
  if (serial == body.end() || !serial->is_string()) {
    result.problem = "body.service_number is no text";
    return result;
  }
  result.serial_number = *serial;
  if (to == bridge::client_info)
    return result;
  const auto client = body.find("client_id");
  const auto status = body.find("status");
  if (client == body.end() || !client->is_number_integer())
    result.problem = "body.client_id is no whole number";
  else if (status == body.end() || *status != "A")
    result.problem = "body.status is not \"A\"";
  else
    result.client_id = *client;
  return result;
}

reply answer(const call& asked, const fleet& from, fault_kind wrong, std::size_t huge_bytes,
             std::size_t limit) {
  const auto with = [&](std::string_view body, std::string_view status) {
    return reply{envelope(body, status, asked.request_id)};
  };
  const auto right = [&] {
    return with(body_of(asked, from, false), "200");
  };
  switch (wrong) {
  case fault_kind::none:
    return right();
  case fault_kind::null_status:
    return with(body_of(asked, from, false), "null");
  case fault_kind::error_status:
    return with(R"("Got internal error from upstream")", "500");
  case fault_kind::error_object:
    return with(R"({"error": "upstream is down", "code": 17})", "503");
  case fault_kind::error_null:
    return with("null", "504");
  case fault_kind::wrong_type:
    return with(wrong_type(asked.to), "200");
  case fault_kind::garbage:
    return {"\xff\xfe{\"body\": [\x01 <html>502 Bad Gateway</html>"};
  case fault_kind::deep:
    return with(std::string(100'000, '[') + std::string(100'000, ']'), "200");
  case fault_kind::silence:
    return {"", reply::way::never};
  case fault_kind::not_subscribed:
    return {"", reply::way::no_responders};
  case fault_kind::empty_list:
    return with(asked.to == bridge::management_status ? "null" : "[]", "200");
  case fault_kind::partial:
    return with(body_of(asked, from, true), "200");
  case fault_kind::token:
    return {right().text, reply::way::in_redis};
  case fault_kind::token_gone:
    return {token_message(new_token())};
  case fault_kind::token_bad_form:
    return {token_message("hawkeye:meta")};
  case fault_kind::twice:
    return {right().text, reply::way::plainly, 2};
  case fault_kind::late:
    return {right().text, reply::way::plainly, 1, true};
  case fault_kind::huge:
    return with(huge_body(asked.to, huge_bytes ? huge_bytes : limit - 1'024), "200");
  }
  return right();
}

std::string token_message(std::string_view token) {
  return R"({"is_stored": true, "token": ")" + std::string{token} + "\"}";
}

std::string new_token() {
  std::random_device random;
  std::array<char, 33> digits{};
  std::snprintf(digits.data(), digits.size(), "%08x%08x%08x%08x", random(), random(), random(),
                random());
  return digits.data();
}

} // namespace hawkeye::stand_in
