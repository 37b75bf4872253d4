// The command `refresh`: requests a refresh of one serial number or of all devices. With --wait it
// shows the progress. Exit codes: 0 requested or published; 1 not. Threading: blocking.
#include "actors/cli/commands.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "actors/cli/reply_text.hpp"
#include "actors/cli/service_client.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;
using steady = std::chrono::steady_clock;

constexpr auto look_interval = 250ms;
constexpr auto plain_interval = 5s; ///< between two lines if the output is not a terminal
constexpr std::size_t bar_width = 24;
/// Status requests in a row without a running refresh before the command gives up. The service may
/// be unreachable for a while, or have nothing to do yet.
constexpr int most_looks_in_vain = 40;

/// A phase as text; a phase that this version does not know is shown as it is.
std::string phase_text(const json& refresh) {
  const auto phase = shown(refresh, {"phase"});
  return phase == "fetching"     ? "asking Hawkeye for its list"
         : phase == "resolving"  ? "resolving at Bruin"
         : phase == "building"   ? "building the snapshot"
         : phase == "publishing" ? "publishing"
                                 : phase;
}

/// Shows the progress of a refresh: on a terminal a bar that is redrawn, otherwise a line from time
/// to time.
class progress_display {
public:
  void show(const json& refresh) {
    const auto total = number(refresh, {"total"}), done = number(refresh, {"resolved"});
    const auto phase = phase_text(refresh);
    const auto now = steady::now();
    const bool new_phase = phase != phase_;
    if (new_phase)
      phase_ = phase, began_ = now, done_before_ = done;
    const bool counts = total > 0 && field(refresh, {"phase"}) == "resolving";
    const auto words = counts ? phase + resolving(done, total, now) : phase;
    if (terminal_)
      std::cout << "\r\x1b[K[" << bar(part_done(refresh)) << "] " << words << std::flush;
    else if (new_phase || now - last_line_ >= plain_interval)
      std::cout << words << std::endl, last_line_ = now;
  }

  void end() const {
    if (terminal_)
      std::cout << "\r\x1b[K" << std::flush;
  }

private:
  /// The bar is empty before the resolving phase and full after it. Until that phase the numbers
  /// are those of the previous refresh.
  static double part_done(const json& refresh) {
    const auto total = number(refresh, {"total"});
    const auto& phase = field(refresh, {"phase"});
    if (phase == "resolving")
      return total > 0 ? number(refresh, {"resolved"}) / total : 0;
    return phase == "fetching" ? 0 : 1;
  }

  /// Numbers, rate and remaining time. The rate is measured since the display began.
  std::string resolving(double done, double total, steady::time_point now) const {
    const std::chrono::duration<double> passed = now - began_;
    const auto rate = passed.count() > 0 ? (done - done_before_) / passed.count() : 0;
    auto result = fmt::format(" {:.0f} of {:.0f}", done, total);
    if (rate > 0)
      result += fmt::format(", {:.0f}/s, {} left", rate, duration_text((total - done) / rate));
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

/// The requested refresh, and how many had ended before.
struct requested_refresh {
  std::string serial_number; ///< empty: all devices
  json instance;             ///< the instance that refreshes
  double ended = 0;
};

/// The first refresh that has ended since the request and fulfils it; a refresh of all devices
/// includes every one.
std::optional<json> end_of(const requested_refresh& request, const json& refresh) {
  const auto recent = field(refresh, {"recent"});
  auto ordinal = number(refresh, {"ended"});
  std::optional<json> result;
  for (const auto& end : recent) {
    if (ordinal-- <= request.ended)
      break;
    const auto& serial = field(end, {"serial_number"});
    if (serial.is_null() || (!request.serial_number.empty() && serial == request.serial_number))
      result = end;
  }
  return result;
}

/// A refresh that is kept in memory is only served by the instance that made it.
int print_end(const json& end, const json& status) {
  const auto result = shown(end, {"result"});
  if (result != "published" && result != "kept_in_memory")
    return print_error(
        fmt::format("nothing was published: {}: {}", result, shown(end, {"reason"})));
  const auto& redis = field(status, {"redis", "trouble"});
  std::cout << fmt::format("refreshed: {}, version {} with {} devices{}\n",
                           result == "published" ? result : "kept in memory and not published",
                           shown(status, {"snapshot", "version"}),
                           shown(status, {"snapshot", "devices"}),
                           result == "published" || redis.is_null() ? "" : ": " + shown(redis));
  return exit_done;
}

/// True if the status knows the refreshes: the instance that refreshes may not have answered the
/// one that was asked.
bool knows(const json& status) {
  return field(status, {"refresh"}).is_object()
         && (field(status, {"lease"}) != "another"
             || field(status, {"refresh", "instance"}) != field(status, {"service", "instance"}));
}

expected<json> look(service_client& client, const settings& settings) {
  auto reply = client.ask(settings.nats.sibling("status"), json::object());
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  auto status = field(*reply, {"body"});
  if (!knows(status))
    return fail("the instance that refreshes does not answer");
  return status;
}

/// The problems of an instance, which may explain why no refresh runs.
std::string not_healthy(const json& status) {
  std::string result;
  for (const auto& problem : field(status, {"problems"}))
    result += (result.empty() ? "" : "; ") + shown(problem);
  return result.empty() ? "the service says no reason" : result;
}

int watch(service_client& client, const settings& settings, const requested_refresh& request) {
  progress_display display;
  std::string reason;
  for (int in_vain = 0; in_vain < most_looks_in_vain; ++in_vain) {
    std::this_thread::sleep_for(look_interval);
    const auto looked = look(client, settings);
    const auto* status = value_of(looked);
    if (!status) {
      reason = looked.error().reason;
      continue;
    }
    reason = "no refresh runs: " + not_healthy(*status);
    const auto& refresh = field(*status, {"refresh"});
    if (field(refresh, {"instance"}) != request.instance) {
      display.end();
      return print_error("another instance refreshes now: request it again");
    }
    if (const auto end = end_of(request, refresh)) {
      display.end();
      return print_end(*end, *status);
    }
    if (field(refresh, {"running"}) == true) {
      display.show(refresh);
      in_vain = 0;
    }
  }
  display.end();
  return print_error("it is not known how the refresh ended: " + reason);
}

} // namespace

int run_refresh(const command_arguments& arguments, const settings& settings) {
  service_client client{settings, settings.service.name + "-refresh"};
  requested_refresh request{arguments.serial_number, {}, 0};
  if (arguments.wait) {
    const auto before = look(client, settings);
    if (auto* why = error_of(before))
      return print_error(why->reason);
    request.instance = field(*before, {"refresh", "instance"});
    request.ended = number(*before, {"refresh", "ended"});
  }
  auto body = json::object();
  if (!request.serial_number.empty())
    body["serial_number"] = request.serial_number;
  const auto reply = client.ask(settings.nats.sibling("refresh"), body);
  if (auto* why = error_of(reply))
    return print_error(why->reason);
  if (status_of(*reply) != 202)
    return unexpected(*reply);
  std::cout << "refresh " << shown(*reply, {"body", "state"}) << std::endl;
  return arguments.wait ? watch(client, settings, request) : exit_done;
}

} // namespace hawkeye
