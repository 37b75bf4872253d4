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

void faults::disturb(bool safe) {
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
    return change_bridges(safe);
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

void faults::damage_redis() {
  const auto get = [this](const char* key) {
    auto text = test::redis_cli(world_.redis, {"get", key});
    return text.substr(0, text.find_last_not_of('\n') + 1);
  };
  const auto array = get("hawkeye"), meta = get("hawkeye:meta");
  switch (luck_() % 4) {
  case 0:
    test::redis_cli(world_.redis, {"flushall"});
    break;
  case 1:
    test::redis_cli(world_.redis, {"del", "hawkeye"});
    break;
  case 2:
    test::redis_cli(world_.redis, {"del", "hawkeye:meta"});
    break;
  default: // as a failover to a replica that lags does
    if (!array_.empty() && !meta_.empty())
      test::redis_cli(world_.redis, {"mset", "hawkeye", array_, "hawkeye:meta", meta_});
  }
  array_ = array, meta_ = meta;
}

/// Faults that cost time, and where that is `safe` lists that lack devices and answers that deny
/// them: no device may be lost by those.
void faults::change_bridges(bool safe) {
  if (!world_.nats.running() || !world_.bridges->running())
    return;
  static constexpr std::array both{
      "none",        "garbage",    "silence",    "error_status",   "late", "twice",     "token",
      "null_status", "error_null", "token_gone", "token_bad_form", "deep", "wrong_type"};
  static constexpr std::array only_hawkeye{"huge", "empty_list", "partial"};
  const auto first = luck_() % (both.size() + (safe ? only_hawkeye.size() : 1));
  const std::string hawkeye = first < both.size() ? both[first] : only_hawkeye[first - both.size()];
  const std::string bruin = both[luck_() % both.size()];
  const bool lacks_devices = first > both.size();
  lists_lack_devices_ = lists_lack_devices_ || lacks_devices;
  try {
    world_.forget_client();
    world_.control({{"hawkeye_fault", hawkeye}, {"bruin_fault", bruin + ":10"}});
    lists_lack_devices_ = lacks_devices;
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
