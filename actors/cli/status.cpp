// The command `status`: prints the state of a running service. Exit codes: 0 healthy; 3 not
// healthy; 1 it cannot be asked. Threading: blocking.
#include "actors/cli/commands.hpp"

#include <iostream>

#include <fmt/format.h>

#include "actors/cli/reply_text.hpp"
#include "actors/cli/service_client.hpp"
#include "messages/base/json.hpp"
#include "messages/base/json_value.hpp"

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

/// ` S` for a refresh of the single device S; otherwise empty.
std::string of_device(const json& x) {
  const auto& serial = field(x, {"serial_number"});
  return serial.is_null() ? "" : ' ' + shown(serial);
}

std::string progress(const json& refresh) {
  if (field(refresh, {"running"}) == true)
    return fmt::format("{}{}, {} of {} probes resolved, since {}", shown(refresh, {"phase"}),
                       of_device(refresh), shown(refresh, {"resolved"}), shown(refresh, {"total"}),
                       time_text(field(refresh, {"started_at"})));
  const auto& last = field(refresh, {"last_result"});
  return fmt::format("next at {}{}", time_text(field(refresh, {"next_at"})),
                     last.is_null() ? "" : ", the last one: " + shown(last));
}

void print_snapshot(const json& s) {
  const auto& snapshot = field(s, {"snapshot"});
  if (!snapshot.is_object())
    return line("snapshot", "none yet");
  line("snapshot",
       fmt::format("version {} with {} devices, built at {}", shown(snapshot, {"version"}),
                   shown(snapshot, {"devices"}), time_text(field(snapshot, {"built_at"}))));
  line("probes", counts(field(snapshot, {"outcomes"})));
  line("carried over",
       fmt::format("{}, the oldest record is of {}", shown(snapshot, {"carried_over"}),
                   time_text(field(snapshot, {"oldest_record"}))));
}

void print_status(const json& s) {
  line("healthy", field(s, {"healthy"}) == true ? "yes" : "no");
  for (const auto& problem : field(s, {"problems"}))
    line("problem", shown(problem));
  print_snapshot(s);
  line("refresh", progress(field(s, {"refresh"})));
  for (const auto& end : field(s, {"refresh", "recent"}))
    if (const auto& reason = field(end, {"reason"}); !reason.is_null())
      line("not published",
           fmt::format("{}, {}{}: {}: {}", time_text(field(end, {"at"})), shown(end, {"trigger"}),
                       of_device(end), shown(end, {"result"}), shown(reason)));
  line("lease", shown(s, {"lease"}));
  line("NATS", server(field(s, {"nats"})));
  line("Redis", server(field(s, {"redis"})));
  line("Redis, payloads", server(field(s, {"payload_redis"})));
  line("Hawkeye", shown(s, {"bridges", "hawkeye"}));
  line("Bruin",
       fmt::format("client_info {}, management_status {}; {} calls in flight, at most {}",
                   shown(s, {"bridges", "client_info"}), shown(s, {"bridges", "management_status"}),
                   shown(s, {"bridges", "in_flight"}), shown(s, {"bridges", "limit"})));
  line("instance", fmt::format("{}, {}, up for {}", shown(s, {"service", "instance"}),
                               shown(s, {"build", "version"}),
                               duration_text(number(s, {"service", "uptime_s"}))));
}

std::string change(const json& report, const char* kind) {
  const auto reasons = counts(field(report, {kind, "by_reason"}));
  return shown(report, {kind, "count"}) + ' ' + kind
         + (reasons.empty() ? "" : " (" + reasons + ")");
}

void print_history(service_client& client, const settings& settings) {
  const auto reply = client.ask(settings.nats.sibling("status"), {{"history", true}});
  const auto* got = value_of(reply);
  if (!got || status_of(*got) != 200)
    return line("refreshed", "the history cannot be read");
  for (const auto& one : field(*got, {"body"}))
    line("refreshed", fmt::format("{}, {}{}: version {} with {} devices, {}, {}, {}, in {:.1f} s",
                                  time_text(field(one, {"finished_at"})), shown(one, {"trigger"}),
                                  of_device(one), shown(one, {"version"}), shown(one, {"devices"}),
                                  change(one, "gained"), change(one, "lost"), change(one, "moved"),
                                  number(one, {"duration_ms", "total"}) / 1000));
}

} // namespace

int run_status(const command_arguments& arguments, const settings& settings) {
  service_client client{settings, settings.service.name + "-status"};
  const auto reply = client.ask(settings.nats.sibling("status"), json::object());
  if (auto* why = error_of(reply))
    return print_error(why->reason);
  const auto& got = *reply;
  if (status_of(got) != 200)
    return unexpected(got);
  const auto& status = field(got, {"body"});
  if (arguments.json) {
    std::cout << one_line_json(status) << '\n';
  } else {
    print_status(status);
    print_history(client, settings);
  }
  return field(status, {"healthy"}) == true ? exit_done : exit_named;
}

} // namespace hawkeye
