#include "actors/desk_commands.hpp"

#include <iostream>

#include "actors/reply_text.hpp"
#include "actors/service_client.hpp"
#include "messages/json_text.hpp"
#include "messages/one_line_json.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;

void line(const char* name, const std::string& value) {
  constexpr std::size_t width = 18;
  const std::string_view text{name};
  std::cout << text << std::string(width - text.size(), ' ') << value << '\n';
}

std::string counts(const json& outcomes) {
  std::string result;
  for (const auto& [name, count] : outcomes.items())
    if (count != 0)
      result += (result.empty() ? "" : ", ") + printable(name) + ' ' + shown(count);
  return result;
}

std::string server(const json& x) {
  return field(x, {"ok"}) == true ? "in use" : shown(x, {"trouble"});
}

/// ` S` of a refresh of a single device.
std::string of_device(const json& x) {
  const auto& serial = field(x, {"serial_number"});
  return serial.is_null() ? "" : ' ' + shown(serial);
}

std::string progress(const json& refresh) {
  if (field(refresh, {"running"}) == true)
    return shown(refresh, {"phase"}) + of_device(refresh) + ", " + shown(refresh, {"resolved"})
           + " of " + shown(refresh, {"total"}) + " probes resolved, since "
           + shown(refresh, {"started_at"});
  const auto& last = field(refresh, {"last_result"});
  return "next at " + shown(refresh, {"next_at"})
         + (last.is_null() ? "" : ", the last one: " + shown(last));
}

void print_snapshot(const json& s) {
  const auto& snapshot = field(s, {"snapshot"});
  if (!snapshot.is_object())
    return line("snapshot", "none yet");
  line("snapshot", "version " + shown(snapshot, {"version"}) + " with "
                       + shown(snapshot, {"devices"}) + " devices, built at "
                       + shown(snapshot, {"built_at"}) + " (" + shown(snapshot, {"age_s"})
                       + " s ago)");
  line("probes", counts(field(snapshot, {"outcomes"})));
  line("carried over", shown(snapshot, {"carried_over"}) + ", the oldest record is of "
                           + shown(snapshot, {"oldest_record"}));
}

void print_status(const json& s) {
  line("healthy", field(s, {"healthy"}) == true ? "yes" : "no");
  for (const auto& problem : field(s, {"problems"}))
    line("problem", shown(problem));
  print_snapshot(s);
  line("refresh", progress(field(s, {"refresh"})));
  for (const auto& end : field(s, {"refresh", "recent"}))
    if (const auto& reason = field(end, {"reason"}); !reason.is_null())
      line("not published", shown(end, {"at"}) + " (" + shown(end, {"trigger"}) + of_device(end)
                                + "): " + shown(end, {"result"}) + ": " + shown(reason));
  line("lease", shown(s, {"lease"}));
  line("NATS", server(field(s, {"nats"})));
  line("Redis", server(field(s, {"redis"})));
  line("Redis, payloads", server(field(s, {"payload_redis"})));
  line("Hawkeye", shown(s, {"bridges", "hawkeye"}));
  line("Bruin", "client_info " + shown(s, {"bridges", "client_info"}) + ", management_status "
                    + shown(s, {"bridges", "management_status"}) + "; "
                    + shown(s, {"bridges", "in_flight"}) + " calls in flight, at most "
                    + shown(s, {"bridges", "limit"}));
  line("instance", shown(s, {"service", "instance"}) + ", " + shown(s, {"build", "version"})
                       + ", up for " + shown(s, {"service", "uptime_s"}) + " s");
}

std::string change(const json& report, const char* kind) {
  const auto reasons = counts(field(report, {kind, "by_reason"}));
  return shown(report, {kind, "count"}) + ' ' + kind
         + (reasons.empty() ? "" : " (" + reasons + ")");
}

void print_history(service_client& by, const settings& with) {
  const auto reply = by.ask(with.nats.sibling("status"), {{"history", true}});
  const auto* got = std::get_if<json>(&reply);
  if (!got || status_of(*got) != 200)
    return line("refreshed", "the history cannot be read");
  for (const auto& one : field(*got, {"body"}))
    line("refreshed", shown(one, {"finished_at"}) + " version " + shown(one, {"version"}) + " ("
                          + shown(one, {"trigger"}) + of_device(one)
                          + "): " + shown(one, {"devices"}) + " devices, " + change(one, "gained")
                          + ", " + change(one, "lost") + ", " + change(one, "moved") + ", in "
                          + shown(one, {"duration_ms", "total"}) + " ms");
}

bool is_empty(const json& x) {
  return x.is_null() || (x.is_structured() && x.empty());
}

void print_record(const json& x, const std::string& indent = "") {
  for (const auto& [name, value] : x.items()) {
    const bool list = value.is_array() && !value.empty() && value.front().is_object();
    if (is_empty(value))
      continue;
    if (!value.is_object() && !list) {
      std::cout << indent << printable(name) << ": " << shown(value) << '\n';
      continue;
    }
    std::cout << indent << printable(name) << ":\n";
    for (const auto& each : list ? value : json::array({value}))
      print_record(each, indent + "  ");
  }
}

void print_json(const json& x) {
  std::cout << one_line_json(x) << '\n';
}

} // namespace

int run_status(const settings& with, bool as_json) {
  service_client client{with, with.service.name + "-status"};
  const auto reply = client.ask(with.nats.sibling("status"), json::object());
  if (auto* why = std::get_if<failure>(&reply))
    return complain(why->reason);
  const auto& got = std::get<json>(reply);
  if (status_of(got) != 200)
    return unexpected(got);
  const auto& status = field(got, {"body"});
  if (as_json) {
    print_json(status);
  } else {
    print_status(status);
    print_history(client, with);
  }
  return field(status, {"healthy"}) == true ? exit_done : exit_named;
}

int run_explain(const settings& with, const std::string& serial_number, bool as_json) {
  service_client client{with, with.service.name + "-explain"};
  const auto reply = client.ask(with.nats.sibling("explain"), {{"serial_number", serial_number}});
  if (auto* why = std::get_if<failure>(&reply))
    return complain(why->reason);
  const auto& got = std::get<json>(reply);
  if (status_of(got) == 404) {
    std::cerr << sentence_of(got) << '\n';
    return exit_named;
  }
  if (status_of(got) != 200)
    return unexpected(got);
  if (as_json)
    print_json(field(got, {"body"}));
  else
    print_record(field(got, {"body"}));
  return exit_done;
}

} // namespace hawkeye
