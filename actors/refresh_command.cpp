// The command `refresh`: wishes for one and, where asked to, shows how it goes on until it ends.
#include <chrono>
#include <cmath>
#include <iostream>
#include <optional>
#include <thread>

#include <unistd.h>

#include "actors/desk_commands.hpp"
#include "actors/reply_text.hpp"
#include "actors/service_client.hpp"

namespace hawkeye {

namespace {

using json = nlohmann::ordered_json;
using steady = std::chrono::steady_clock;

constexpr auto look_interval = 250ms;
constexpr auto plain_interval = 5s; ///< between two lines in a pipe
constexpr std::size_t bar_width = 24;
/// The service may be out of reach for a moment while we wait, or have nothing to do.
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
struct wish {
  std::string serial_number; ///< empty: all devices
  json instance;             ///< who refreshes
  double ended = 0;
};

/// The first end since then that fulfils the wish: a refresh of all devices has every one in it.
std::optional<json> fulfilled(const wish& what, const json& refresh) {
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

fallible<json> look(service_client& by, const settings& with) {
  auto reply = by.ask(with.nats.sibling("status"), json::object());
  if (auto* why = std::get_if<failure>(&reply))
    return std::move(*why);
  auto status = field(std::get<json>(reply), {"body"});
  if (!knows(status))
    return failure{"the instance that refreshes does not answer"};
  return status;
}

int watch(service_client& by, const settings& with, const wish& what) {
  progress_display display;
  for (int in_vain = 0; in_vain < most_looks_in_vain; ++in_vain) {
    std::this_thread::sleep_for(look_interval);
    const auto looked = look(by, with);
    const auto* status = std::get_if<json>(&looked);
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
  wish what{serial_number, {}, 0};
  if (wait) {
    const auto looked = look(client, with);
    if (auto* why = std::get_if<failure>(&looked))
      return complain(why->reason);
    const auto& before = std::get<json>(looked);
    what.instance = field(before, {"refresh", "instance"});
    what.ended = number(before, {"refresh", "ended"});
  }
  auto body = json::object();
  if (!serial_number.empty())
    body["serial_number"] = serial_number;
  const auto reply = client.ask(with.nats.sibling("refresh"), body);
  if (auto* why = std::get_if<failure>(&reply))
    return complain(why->reason);
  const auto& got = std::get<json>(reply);
  if (status_of(got) != 202)
    return unexpected(got);
  std::cout << "refresh " << shown(got, {"body", "state"}) << std::endl;
  return wait ? watch(client, with, what) : exit_done;
}

} // namespace hawkeye
