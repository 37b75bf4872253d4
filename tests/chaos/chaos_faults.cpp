#include "tests/chaos/chaos_faults.hpp"

#include <array>
#include <exception>
#include <string>
#include <thread>

namespace hawkeye::chaos {

namespace {

using namespace std::chrono_literals;
using test::server_process;

void kill9(server_process& what) {
  what.kill9();
}

} // namespace

void faults::disturb() {
  switch (luck_() % 7) {
  case 0:
    return end_or_start(world_.redis, kill9);
  case 1:
    return pause_for_a_while(world_.redis);
  case 2:
    of_nats_.begin();
    end_or_start(world_.nats, kill9);
    return note_nats();
  case 3:
    of_nats_.begin();
    pause_for_a_while(world_.nats);
    return note_nats();
  case 4:
    return end_or_start(*world_.bridges, kill9);
  default:
    return change_bridges();
  }
}

void faults::note_nats() {
  if (world_.nats.running())
    of_nats_.end();
}

void faults::pause_for_a_while(server_process& what) {
  if (!what.running())
    return;
  what.pause();
  std::this_thread::sleep_for(std::chrono::milliseconds{luck_() % 3000});
  what.resume();
}

/// Faults that cost time, not devices: Bruin's are outlived by trying again; Hawkeye's change
/// nothing.
void faults::change_bridges() {
  if (!world_.nats.running() || !world_.bridges->running())
    return;
  static constexpr std::array both{
      "none",        "garbage",    "silence",    "error_status",   "late", "twice",     "token",
      "null_status", "error_null", "token_gone", "token_bad_form", "deep", "wrong_type"};
  static constexpr std::array only_hawkeye{"empty_list", "partial", "huge"};
  const auto first = luck_() % (both.size() + only_hawkeye.size());
  const std::string hawkeye = first < both.size() ? both[first] : only_hawkeye[first - both.size()];
  const std::string bruin = both[luck_() % both.size()];
  try {
    world_.forget_client();
    world_.control({{"hawkeye_fault", hawkeye}, {"bruin_fault", bruin + ":10"}});
  } catch (const std::exception&) {
    // NATS or the stand-in is just coming back: another time.
  }
}

void faults::calm_down() {
  for (auto* each : {&world_.nats, &world_.redis, &*world_.bridges})
    if (!each->running())
      each->start();
  note_nats();
  test::eventually(
      [this] {
        try {
          world_.forget_client();
          world_.control({{"hawkeye_fault", "none"}, {"bruin_fault", "none"}});
          return true;
        } catch (const std::exception&) {
          return false;
        }
      },
      20s);
}

} // namespace hawkeye::chaos
