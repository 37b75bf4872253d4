#include "actors/desk_commands.hpp"

#include <iostream>
#include <thread>

#include <unistd.h>

#include "actors/service_client.hpp"
#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;

constexpr int exit_done = 0, exit_named = 3;
constexpr auto look_interval = 250ms;
constexpr auto plain_interval = 5s; ///< between two lines in a pipe
constexpr std::size_t bar_width = 30;
/// The service may be out of reach for a moment while we wait.
constexpr int most_lost_looks = 20;

std::string text(const json& x) {
  return x.is_string() ? printable(x.get<std::string>(), 400)
                       : x.dump(-1, ' ', false, json::error_handler_t::replace);
}

void line(const char* name, const std::string& value) {
  std::cout << name << std::string(name[0] ? 18 - std::string_view{name}.size() : 18, ' ') << value
            << '\n';
}

json body_of(const json& reply) {
  return reply.value("body", json::object());
}

int unexpected(const json& reply) {
  return complain("the service answered with status " + std::to_string(status_of(reply)) + ": "
                  + sentence_of(reply));
}

std::string server(const json& x) {
  return x.value("ok", false) ? "in use" : text(x.value("trouble", json{}));
}

std::string counts(const json& outcomes) {
  std::string result;
  for (const auto& [name, count] : outcomes.items())
    if (count != 0)
      result += (result.empty() ? "" : ", ") + name + ' ' + text(count);
  return result;
}

std::string reasons(const json& by_reason) {
  return by_reason.empty() ? "" : " (" + counts(by_reason) + ")";
}

std::string progress(const json& refresh) {
  if (refresh.value("running", false))
    return text(refresh["phase"]) + ", " + text(refresh["resolved"]) + " of "
           + text(refresh["total"]) + " probes resolved";
  const auto next = refresh.value("next_at", json{});
  auto result = "next at " + text(next);
  if (const auto last = refresh.value("last_result", json{}); !last.is_null())
    result += ", the last one: " + text(last);
  return result;
}

void print_status(const json& s) {
  line("healthy", s.value("healthy", false) ? "yes" : "no");
  for (const auto& problem : s.value("problems", json::array()))
    line("problem", text(problem));
  const auto snapshot = s.value("snapshot", json{});
  if (snapshot.is_object()) {
    line("snapshot", "version " + text(snapshot["version"]) + " with " + text(snapshot["devices"])
                         + " devices, built at " + text(snapshot["built_at"]) + " ("
                         + text(snapshot["age_s"]) + " s ago)");
    line("probes", counts(snapshot.value("outcomes", json::object())));
    line("carried over", text(snapshot["carried_over"]));
  } else {
    line("snapshot", "none yet");
  }
  line("refresh", progress(s.value("refresh", json::object())));
  line("lease", text(s.value("lease", json{})));
  line("NATS", server(s.value("nats", json::object())));
  line("Redis", server(s.value("redis", json::object())));
  const auto bridges = s.value("bridges", json::object());
  line("Bruin", text(bridges.value("in_flight", json{})) + " calls in flight, at most "
                    + text(bridges.value("limit", json{})));
  const auto service = s.value("service", json::object());
  line("instance", text(service.value("instance", json{})) + ", "
                       + text(s.value("build", json::object()).value("version", json{}))
                       + ", up for " + text(service.value("uptime_s", json{})) + " s");
}

void print_history(service_client& by, const settings& with) {
  const auto reply = by.ask(with.nats.sibling("status"), {{"history", true}});
  const auto* got = std::get_if<json>(&reply);
  if (!got || status_of(*got) != 200)
    return;
  for (const auto& one : body_of(*got).value("refreshes", json::array()))
    line("refreshed", text(one.value("finished_at", json{})) + " version "
                          + text(one.value("version", json{})) + " ("
                          + text(one.value("trigger", json{}))
                          + "): " + text(one.value("devices", json{})) + " devices, "
                          + text(one["gained"].value("count", json{})) + " gained, "
                          + text(one["lost"].value("count", json{})) + " lost"
                          + reasons(one["lost"].value("by_reason", json::object())) + ", "
                          + text(one["moved"].value("count", json{})) + " moved, in "
                          + text(one["duration_ms"].value("total", json{})) + " ms");
}

/// Shows a refresh that goes on: a bar that is drawn over on a terminal, a line now and then
/// elsewhere.
class progress_display {
public:
  void show(const json& refresh) {
    const auto total = refresh.value("total", 0.0), done = refresh.value("resolved", 0.0);
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> passed = now - begin_;
    const auto rate = passed.count() > 0 ? done / passed.count() : 0;
    auto words = text(refresh.value("phase", json{})) + ' '
                 + text(refresh.value("resolved", json{})) + " of "
                 + text(refresh.value("total", json{})) + ", "
                 + std::to_string(static_cast<int>(rate)) + "/s";
    if (rate > 0 && total > done)
      words += ", " + std::to_string(static_cast<int>((total - done) / rate) + 1) + " s left";
    if (terminal_)
      std::cout << "\r\x1b[K[" << bar(total > 0 ? done / total : 0) << "] " << words << std::flush;
    else if (now - last_ >= plain_interval || last_ == decltype(last_){})
      std::cout << words << std::endl, last_ = now;
  }

  void end() const {
    if (terminal_)
      std::cout << "\r\x1b[K" << std::flush;
  }

private:
  static std::string bar(double part) {
    const auto full = static_cast<std::size_t>(part * static_cast<double>(bar_width));
    return std::string(full, '#') + std::string(bar_width - std::min(full, bar_width), ' ');
  }

  bool terminal_ = isatty(STDOUT_FILENO) == 1;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now(), last_{};
};

fallible<json> refresh_section(service_client& by, const settings& with) {
  auto reply = by.ask(with.nats.sibling("status"), json::object());
  if (auto* why = std::get_if<failure>(&reply))
    return std::move(*why);
  return body_of(std::get<json>(reply)).value("refresh", json::object());
}

/// Until a refresh has ended that had not ended `before`.
int watch(service_client& by, const settings& with, const json& before) {
  progress_display display;
  for (int lost = 0; lost < most_lost_looks;) {
    std::this_thread::sleep_for(look_interval);
    const auto now = refresh_section(by, with);
    const auto* refresh = std::get_if<json>(&now);
    // Of two instances the one that refreshes may have been silent for a moment.
    if (!refresh || (!refresh->value("running", false) && !refresh->value("ended", 0))) {
      ++lost;
      continue;
    }
    lost = 0;
    const bool other = refresh->value("instance", json{}) != before.value("instance", json{});
    const bool ended = other || refresh->value("ended", 0) > before.value("ended", 0);
    if (refresh->value("running", false) || !ended) {
      display.show(*refresh);
      continue;
    }
    display.end();
    const auto result = text(refresh->value("last_result", json{}));
    if (result == "published" || result == "kept_in_memory") {
      std::cout << "refreshed: " << result << '\n';
      return exit_done;
    }
    return complain("the refresh ended: " + result + ": "
                    + text(refresh->value("last_reason", json{})));
  }
  display.end();
  return complain("the service cannot be reached any more");
}

void print_record(const json& x, const std::string& indent = "") {
  for (const auto& [name, value] : x.items()) {
    if (value.is_object() && !value.empty()) {
      std::cout << indent << name << ":\n";
      print_record(value, indent + "  ");
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
      std::cout << indent << name << ":\n";
      for (const auto& each : value)
        print_record(each, indent + "  ");
    } else if (!value.is_null() && !(value.is_array() && value.empty())) {
      std::cout << indent << printable(name) << ": " << text(value) << '\n';
    }
  }
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
  const auto status = body_of(got);
  if (as_json) {
    std::cout << status.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  } else {
    print_status(status);
    print_history(client, with);
  }
  return status.value("healthy", false) ? exit_done : exit_named;
}

int run_refresh(const settings& with, const std::string& serial_number, bool wait) {
  service_client client{with, with.service.name + "-refresh"};
  const auto before = refresh_section(client, with);
  if (auto* why = std::get_if<failure>(&before))
    return complain(why->reason);
  auto body = json::object();
  if (!serial_number.empty())
    body["serial_number"] = serial_number;
  const auto reply = client.ask(with.nats.sibling("refresh"), body);
  if (auto* why = std::get_if<failure>(&reply))
    return complain(why->reason);
  const auto& got = std::get<json>(reply);
  if (status_of(got) != 202)
    return unexpected(got);
  std::cout << "refresh " << text(body_of(got).value("state", json{})) << std::endl;
  return wait ? watch(client, with, std::get<json>(before)) : exit_done;
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
    std::cout << body_of(got).dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  else
    print_record(body_of(got));
  return exit_done;
}

} // namespace hawkeye
