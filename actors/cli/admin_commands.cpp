#include "actors/cli/admin_commands.hpp"

#include <chrono>
#include <cmath>
#include <iostream>
#include <optional>
#include <thread>

#include <unistd.h>

#include "actors/cli/reply_text.hpp"
#include "actors/cli/service_client.hpp"
#include "messages/base/json.hpp"
#include "messages/base/one_line_json.hpp"

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
  const auto* got = value_of(reply);
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
  if (auto* why = error_of(reply))
    return complain(why->reason);
  const auto& got = *reply;
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
  if (auto* why = error_of(reply))
    return complain(why->reason);
  const auto& got = *reply;
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

// -- The command `refresh`: wishes for one and, where asked to, shows how it goes on until it ends.

namespace {

using json = nlohmann::ordered_json;
using steady = std::chrono::steady_clock;

constexpr auto look_interval = 250ms;
constexpr auto plain_interval = 5s; ///< between two lines in a pipe
constexpr std::size_t bar_width = 24;
/// The service may be out of reach for a timestamp while we wait, or have nothing to do.
constexpr int most_looks_in_vain = 40;

/// `90 s`, `12 min`.
std::string duration_text(double seconds) {
  constexpr double minute = 60;
  const bool short_one = seconds < 2 * minute;
  return std::to_string(static_cast<int>(std::ceil(short_one ? seconds : seconds / minute)))
         + (short_one ? " s" : " min");
}

/// Shows a refresh that goes on: a bar that is drawn over on a terminal, a line now and then
/// elsewhere.
class progress_display {
public:
  void show(const json& refresh) {
    const auto total = number(refresh, {"total"}), done = number(refresh, {"resolved"});
    const auto phase = shown(refresh, {"phase"});
    const auto now = steady::now();
    const bool new_phase = phase != phase_;
    if (new_phase)
      phase_ = phase, began_ = now, done_before_ = done;
    const auto words = total > 0 ? phase + resolving(done, total, now) : phase;
    if (terminal_)
      std::cout << "\r\x1b[K[" << bar(total > 0 ? done / total : 0) << "] " << words << std::flush;
    else if (new_phase || now - last_line_ >= plain_interval)
      std::cout << words << std::endl, last_line_ = now;
  }

  void end() const {
    if (terminal_)
      std::cout << "\r\x1b[K" << std::flush;
  }

private:
  /// How many, how fast, how long still. The rate is that since we look.
  std::string resolving(double done, double total, steady::time_point now) const {
    const std::chrono::duration<double> passed = now - began_;
    const auto rate = passed.count() > 0 ? (done - done_before_) / passed.count() : 0;
    auto result = ' ' + std::to_string(static_cast<long>(done)) + " of "
                  + std::to_string(static_cast<long>(total));
    if (rate > 0)
      result += ", " + std::to_string(std::lround(rate)) + "/s, "
                + duration_text((total - done) / rate) + " left";
    return result;
  }

  static std::string bar(double part) {
    const auto full = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * bar_width);
    return std::string(full, '#') + std::string(bar_width - full, ' ');
  }

  bool terminal_ = isatty(STDOUT_FILENO) == 1;
  std::string phase_;
  steady::time_point began_{}, last_line_{};
  double done_before_ = 0;
};

/// What was wished for, and what had ended before.
struct request_refresh {
  std::string serial_number; ///< empty: all devices
  json instance;             ///< who refreshes
  double ended = 0;
};

/// The first end since then that fulfils the wish: a refresh of all devices has every one in it.
std::optional<json> fulfilled(const request_refresh& what, const json& refresh) {
  const auto recent = field(refresh, {"recent"});
  auto number_of = number(refresh, {"ended"});
  std::optional<json> result;
  for (const auto& end : recent) {
    if (number_of-- <= what.ended)
      break;
    const auto& serial = field(end, {"serial_number"});
    if (serial.is_null() || (!what.serial_number.empty() && serial == what.serial_number))
      result = end;
  }
  return result;
}

int tell(const json& end, const json& status) {
  const auto result = shown(end, {"result"});
  if (result != "published" && result != "kept_in_memory")
    return complain("the refresh ended: " + result + ": " + shown(end, {"reason"}));
  std::cout << "refreshed: " << result << ", version " << shown(status, {"snapshot", "version"})
            << " with " << shown(status, {"snapshot", "devices"}) << " devices\n";
  return exit_done;
}

/// Of two instances the one that refreshes may not have answered the one that we asked.
bool knows(const json& status) {
  return field(status, {"refresh"}).is_object()
         && (field(status, {"lease"}) != "another"
             || field(status, {"refresh", "instance"}) != field(status, {"service", "instance"}));
}

expected<json> look(service_client& by, const settings& with) {
  auto reply = by.ask(with.nats.sibling("status"), json::object());
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  auto status = field(*reply, {"body"});
  if (!knows(status))
    return fail("the instance that refreshes does not answer");
  return status;
}

int watch(service_client& by, const settings& with, const request_refresh& what) {
  progress_display display;
  for (int in_vain = 0; in_vain < most_looks_in_vain; ++in_vain) {
    std::this_thread::sleep_for(look_interval);
    const auto looked = look(by, with);
    const auto* status = value_of(looked);
    if (!status)
      continue;
    const auto& refresh = field(*status, {"refresh"});
    if (field(refresh, {"instance"}) != what.instance) {
      display.end();
      return complain("another instance refreshes now: wish for it again");
    }
    if (const auto end = fulfilled(what, refresh)) {
      display.end();
      return tell(*end, *status);
    }
    if (field(refresh, {"running"}) == true) {
      display.show(refresh);
      in_vain = 0;
    }
  }
  display.end();
  return complain("no refresh runs, or the service does not answer any more");
}

} // namespace

int run_refresh(const settings& with, const std::string& serial_number, bool wait) {
  service_client client{with, with.service.name + "-refresh"};
  request_refresh what{serial_number, {}, 0};
  if (wait) {
    const auto looked = look(client, with);
    if (auto* why = error_of(looked))
      return complain(why->reason);
    const auto& before = *looked;
    what.instance = field(before, {"refresh", "instance"});
    what.ended = number(before, {"refresh", "ended"});
  }
  auto body = json::object();
  if (!serial_number.empty())
    body["serial_number"] = serial_number;
  const auto reply = client.ask(with.nats.sibling("refresh"), body);
  if (auto* why = error_of(reply))
    return complain(why->reason);
  const auto& got = *reply;
  if (status_of(got) != 202)
    return unexpected(got);
  std::cout << "refresh " << shown(got, {"body", "state"}) << std::endl;
  return wait ? watch(client, with, what) : exit_done;
}

} // namespace hawkeye
