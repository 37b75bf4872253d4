// The command `explain`: prints why a serial number is in or out. Exit codes: 0 it is known; 3
// nothing is known of it; 1 the service cannot be asked. Threading: blocking.
#include "actors/cli/commands.hpp"

#include <iostream>

#include "actors/cli/reply_text.hpp"
#include "actors/cli/service_client.hpp"
#include "messages/base/json.hpp"
#include "messages/base/json_value.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;

bool is_empty(const json& x) {
  return x.is_null() || (x.is_structured() && x.empty());
}

/// Only texts at least as long as date and time are shown as timestamps, because other texts may
/// look like a date.
std::string value_text(const json& x) {
  constexpr std::size_t date_and_time = 19;
  return x.is_string() && x.get_ref<const std::string&>().size() >= date_and_time ? time_text(x)
                                                                                  : shown(x);
}

void print_record(const json& x, const std::string& indent = "") {
  for (const auto& [name, value] : x.items()) {
    const bool list = value.is_array() && !value.empty() && value.front().is_object();
    if (is_empty(value))
      continue;
    if (!value.is_object() && !list) {
      std::cout << indent << printable(name) << ": " << value_text(value) << '\n';
      continue;
    }
    std::cout << indent << printable(name) << ":\n";
    for (const auto& each : list ? value : json::array({value}))
      print_record(each, indent + "  ");
  }
}

} // namespace

int run_explain(const command_arguments& arguments, const settings& settings) {
  service_client client{settings, settings.service.name + "-explain"};
  const auto reply =
      client.ask(settings.nats.sibling("explain"), {{"serial_number", arguments.serial_number}});
  if (auto* why = error_of(reply))
    return print_error(why->reason);
  const auto& got = *reply;
  if (status_of(got) == 404) {
    std::cerr << sentence_of(got) << '\n';
    return exit_named;
  }
  if (status_of(got) != 200)
    return unexpected(got);
  if (arguments.json)
    std::cout << one_line_json(field(got, {"body"})) << '\n';
  else
    print_record(field(got, {"body"}));
  return exit_done;
}

} // namespace hawkeye
