// The command `get`: asks the service as its clients do, and prints a table or JSON; a reply that
// is stored in Redis is fetched. Exit codes: 0 for status 200 and 404; otherwise 1. Threading:
// blocking.
#include "actors/cli/commands.hpp"

#include <iostream>
#include <vector>

#include "actors/cli/reply_text.hpp"
#include "actors/cli/service_client.hpp"
#include "messages/base/json.hpp"
#include "messages/base/json_value.hpp"
#include "messages/base/text.hpp"
#include "messages/rpc/rpc.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;

std::string cell(const json& device, const char* key) {
  const auto found = device.find(key);
  if (found == device.end() || found->is_null())
    return "-";
  return printable(found->is_string() ? found->get_ref<const std::string&>() : found->dump(), 40);
}

void print_table(const json& devices) {
  std::vector<table_row> rows{{"SERIAL", "LAST CONTACT", "AGE", "CLIENT", "NAME", "TYPE"}};
  for (const auto& device : devices) {
    const auto& client = field(device, {"bruin_client_info"});
    const auto contact = cell(device, "last_contact");
    rows.push_back({cell(device, "serial_number"), utc_text(contact).value_or(contact),
                    age_text(contact), cell(client, "client_id"), cell(client, "client_name"),
                    cell(device, "device_type_name")});
  }
  std::cout << text_table(rows);
}

int print_reply(const json& reply, bool as_json) {
  const auto body = reply.value("body", json{});
  if (status_of(reply) == 200 && body.is_array()) {
    if (as_json)
      std::cout << one_line_json(body) << '\n';
    else
      print_table(body);
    return exit_done;
  }
  if (status_of(reply) == 404) {
    std::cout << (as_json ? "[]" : sentence_of(reply)) << '\n';
    return exit_done;
  }
  return unexpected(reply);
}

} // namespace

int run_get(const command_arguments& arguments, const settings& settings) {
  auto body = json::object();
  if (arguments.last_contact_filter)
    body["last_contact_filter"] = *arguments.last_contact_filter;
  // Checked here as the service would check it, because the service may not be reachable.
  const auto request = one_line_json(json{{"request_id", nullptr}, {"body", body}});
  if (const auto judged = read_rpc_request(request); !judged)
    return print_error(judged.error().sentence, exit_usage);
  service_client client{settings, settings.service.name + "-get"};
  const auto reply = client.ask(settings.nats.subject, body);
  if (auto* why = error_of(reply))
    return print_error(why->reason);
  return print_reply(*reply, arguments.json);
}

} // namespace hawkeye
