#include "actors/get_command.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/environment.hpp"
#include "actors/nats_connection.hpp"
#include "actors/redis_connection.hpp"
#include "actors/redis_worker.hpp"
#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

constexpr auto connect_patience = 5s;
constexpr auto reply_patience = 10s;

/// One reply, handed from the connection's thread to the waiting one. Shared, because a late reply
/// may come after we gave up.
class mailbox {
public:
  void put(const bus_message& message) {
    const std::lock_guard lock{mutex_};
    no_responders_ = message.no_responders;
    reply_ = std::string{message.data};
    arrived_.notify_one();
  }

  fallible<std::string> wait() {
    std::unique_lock lock{mutex_};
    if (!arrived_.wait_for(lock, reply_patience, [this] { return reply_.has_value(); }))
      return failure{"no reply within 10 s"};
    if (no_responders_)
      return failure{"no service answers this subject: is it running?"};
    return *reply_;
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::optional<std::string> reply_;
  bool no_responders_ = false;
};

fallible<std::string> ask(bus& via, const std::string& subject, const std::string& request) {
  const auto until = std::chrono::steady_clock::now() + connect_patience;
  while (!via.connected()) { // a client that has nothing else to do may look ten times a second
    if (std::chrono::steady_clock::now() > until)
      return failure{"NATS cannot be reached: " + via.trouble()};
    std::mutex idle;
    std::unique_lock lock{idle};
    std::condition_variable{}.wait_for(lock, 100ms);
  }
  const auto box = std::make_shared<mailbox>();
  const auto inbox = via.new_inbox();
  if (auto why = via.subscribe(inbox, {}, [box](const bus_message& x) { box->put(x); }))
    return *why;
  if (auto why = via.publish(subject, inbox, request))
    return *why;
  return box->wait();
}

/// The reply itself, or what is stored in Redis in its place.
fallible<nlohmann::json> whole_reply(const std::string& bytes, const settings& with) {
  auto reply = nlohmann::json::parse(bytes, nullptr, false);
  if (!reply.is_object())
    return failure{"the reply is no JSON object: " + printable(bytes)};
  if (reply.value("is_stored", nlohmann::json{}) != true)
    return reply;
  const auto token = reply.value("token", nlohmann::json{});
  if (!token.is_string() || !is_token(token.get_ref<const std::string&>()))
    return failure{"the reply stands in Redis under a token of the wrong form"};
  redis_connection redis{with.redis.payload_address, with.redis.key, with.redis.timeout};
  auto stored = redis.recover(token.get<std::string>(), max_stored_reply);
  if (auto* why = std::get_if<failure>(&stored))
    return *why;
  const auto& payload = std::get<payload_ptr>(stored);
  if (!payload)
    return failure{"the reply stood in Redis, but its token is gone already"};
  auto whole = nlohmann::json::parse(payload->view(), nullptr, false);
  if (!whole.is_object())
    return failure{"what is stored in Redis for the reply is no JSON object"};
  return whole;
}

std::string cell(const nlohmann::json& device, const char* key) {
  const auto found = device.find(key);
  if (found == device.end() || found->is_null())
    return "-";
  return printable(found->is_string() ? found->get_ref<const std::string&>() : found->dump(), 40);
}

/// Columns that a text takes: its code points, not its bytes.
std::size_t width_of(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void print_table(const nlohmann::json& devices) {
  using row = std::array<std::string, 5>;
  std::vector<row> rows{{"SERIAL", "LAST CONTACT", "CLIENT", "NAME", "TYPE"}};
  for (const auto& device : devices) {
    const auto client = device.value("bruin_client_info", nlohmann::json::object());
    rows.push_back({cell(device, "serial_number"), cell(device, "last_contact"),
                    cell(client, "client_id"), cell(client, "client_name"),
                    cell(device, "device_type_name")});
  }
  std::array<std::size_t, 5> widths{};
  for (const auto& cells : rows)
    for (std::size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], width_of(cells[i]));
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i + 1 < cells.size(); ++i)
      std::cout << cells[i] << std::string(widths[i] - width_of(cells[i]) + 2, ' ');
    std::cout << cells.back() << '\n';
  }
}

int complain(const std::string& reason) {
  std::cerr << "hawkeye-customer-cache: " << reason << '\n';
  return 1;
}

int print_reply(const nlohmann::json& reply, bool json) {
  const auto status = reply.value("status", nlohmann::json{});
  const auto body = reply.value("body", nlohmann::json{});
  if (status == 200 && body.is_array()) {
    if (json)
      std::cout << body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    else
      print_table(body);
    return 0;
  }
  const auto sentence =
      body.is_string() ? printable(body.get<std::string>()) : printable(body.dump());
  if (status == 404) {
    if (json)
      std::cout << "[]\n";
    else
      std::cout << sentence << '\n';
    return 0;
  }
  return complain("the service answered with status " + printable(status.dump()) + ": " + sentence);
}

} // namespace

int run_get(const settings& with, const std::optional<std::string>& last_contact_filter,
            bool json) {
  nlohmann::json request{{"request_id", real_environment().new_id()},
                         {"body", nlohmann::json::object()}};
  if (last_contact_filter)
    request["body"]["last_contact_filter"] = *last_contact_filter;
  auto connected = connect_nats(with.nats, with.service.name + "-get");
  if (auto* why = std::get_if<failure>(&connected))
    return complain(why->reason);
  const auto via = std::get<std::shared_ptr<nats_connection>>(connected);
  const auto bytes = ask(*via, with.nats.subject,
                         request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  via->close();
  if (auto* why = std::get_if<failure>(&bytes))
    return complain(why->reason);
  auto reply = whole_reply(std::get<std::string>(bytes), with);
  if (auto* why = std::get_if<failure>(&reply))
    return complain(why->reason);
  return print_reply(std::get<nlohmann::json>(reply), json);
}

} // namespace hawkeye
