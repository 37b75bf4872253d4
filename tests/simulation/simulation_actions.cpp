// What can happen in a story, as often as it is listed here.
#include <algorithm>
#include <cmath>

#include "tests/simulation/simulation.hpp"

namespace hawkeye::simulation {

void simulation::act() {
  switch (luck_.below(24)) {
  case 0:
  case 1:
    return bridges_.change_weather();
  case 2:
    return disturb_redis();
  case 3:
    return cut_redis();
  case 4:
    return disturb_lease();
  case 5:
    return cut_nats();
  case 6:
  case 7:
    return kill_or_start();
  case 8:
  case 9:
    return bridges_.change_fleet();
  case 10:
    return request_refresh();
  case 11:
    return luck_.one_in(2) ? reload() : step_wall_clock();
  case 12:
    return luck_.one_in(2)   ? rolling_restart()
           : luck_.one_in(3) ? flood_of_single_devices()
           : luck_.one_in(2) ? hear_apart()
                             : quiet_minutes();
  case 13:
  case 14:
  case 15:
    return ask();
  default:
    return time_passes();
  }
}

/// One to five requests, now or while time passes.
void simulation::ask() {
  for (auto left = luck_.between(1, 5); left > 0; --left) {
    auto& slot = any_slot();
    if (!slot.one || !slot.one->listens())
      continue;
    if (luck_.one_in(2)) {
      clients_.ask(*slot.one);
      continue;
    }
    later(50ms * luck_.below(100), [this, to = std::weak_ptr{slot.one}] {
      if (const auto one = to.lock(); one && one->listens())
        clients_.ask(*one);
    });
  }
  step(world_.now());
}

void simulation::time_passes() {
  const auto seconds = luck_.below(10);
  if (seconds > 0)
    return pass(std::chrono::seconds{luck_.one_in(4) ? 3 * seconds : seconds});
  // Seconds to hours, each as likely as the next larger one.
  for (auto left = luck_.between(1, 4); left > 0; --left)
    jump(std::chrono::milliseconds{
        static_cast<std::int64_t>(1000 * std::pow(2.0, static_cast<double>(luck_.below(13))))});
}

/// Long enough for a refresh to be missed.
void simulation::quiet_minutes() {
  log_.note(0, "quiet");
  pass(std::chrono::seconds{luck_.between(60, 150)});
}

/// Somebody requests the refresh of one device after the other, sometimes more than there is time
/// for, for longer than two intervals. Meanwhile only refreshes of more devices count as one.
void simulation::flood_of_single_devices() {
  log_.note(0, "flood");
  bridges_.calm();
  flooded_ = true;
  began_refresh_ = world_.now();
  const int at_once = luck_.one_in(5) ? 5 : 1;
  for (auto left = luck_.between(100, 150); left > 0 && !log_.broken; --left) {
    for (auto& x : slots_)
      for (int i = 0; x.one && i < at_once; ++i)
        request_refresh(*x.one, bridges_.any_serial());
    pass(1s);
  }
  flooded_ = false;
  began_refresh_ = world_.now();
}

/// Without Redis each instance refreshes by itself. As lists are cut at random, one hears that a
/// device is there between two lists in which another one misses it; or one that restarts, and so
/// knows nothing, hears of many that they have no client. Then they meet again.
void simulation::hear_apart() {
  log_.note(0, "apart");
  for (auto& x : slots_)
    if (!x.one)
      start(x);
  const auto usual = bridges_.rates;
  bridges_.calm();
  redis_->away = true;
  pass(lease_round + 1s); // until all have noticed
  if (luck_.one_in(2)) {
    auto& restarted = any_slot();
    kill(restarted);
    bridges_.deny_clients();
    start(restarted);
    pass(std::chrono::seconds{luck_.between(1, 4)});
  } else {
    bridges_.rates.partial = 500;
  }
  for (auto left = luck_.between(2, 5); left > 0 && !log_.broken; --left) {
    any_slot().one->request_refresh({});
    pass(std::chrono::seconds{luck_.between(1, 4)});
  }
  redis_->away = false;
  pass(2s);
  bridges_.calm();
  bridges_.rates = usual;
}

void simulation::disturb_redis() {
  const auto what = luck_.below(3);
  log_.note(0, "redis", std::to_string(what));
  lease_disturbed_ = world_.now() + lease_ttl + lease_round;
  if (what == 0)
    redis_->away = !redis_->away;
  else
    damage_redis();
}

/// It restarts empty, fails over to an older state, loses one key, or had half a script done.
void simulation::damage_redis() {
  const auto what = luck_.below(6);
  log_.note(0, "redis damaged", std::to_string(what));
  all_ask_for_all(0ms);
  step(world_.now());
  auto &array = redis_->array, &meta = redis_->meta;
  const auto old = redis_was_.empty() ? std::pair<std::string, std::string>{}
                                      : redis_was_[luck_.below(redis_was_.size())];
  if (what == 0) {
    array.reset(), meta.reset();
    redis_->lease.clear();
  } else if (what == 1) {
    array.reset();
  } else if (what == 2) {
    meta.reset();
  } else if (redis_was_.empty() || !array || !meta) {
    return;
  } else if (what == 3) {
    array = old.first, meta = old.second;
    redis_->lease.clear();
  } else if (what == 4) {
    // No fault of Redis does that, and its size is all that is looked at.
    if (old.first.size() == array->size() || old.first.size() == redis_was_.back().first.size())
      return;
    array = old.first;
  } else {
    if (old.first.size() == array->size() && old.first != *array)
      return; // nor that: the array was set back before
    meta = old.second;
  }
  if (what == 0 || what == 3)
    lose_payloads();
  const bool together = std::find(redis_was_.begin(), redis_was_.end(),
                                  std::pair{array.value_or(""), meta.value_or("")})
                        != redis_was_.end();
  oracle_.redis_becomes(array, meta, together || (!array && !meta));
}

void simulation::all_ask_for_all(duration pause) {
  for (auto& x : slots_)
    later(pause, [this, to = std::weak_ptr{x.one}] {
      if (const auto one = to.lock(); one && one->listens())
        clients_.ask_for_all(*one);
    });
}

/// It is another process, or another server, than before.
void simulation::lose_payloads() {
  all_ask_for_all(1500ms);
  redis_->payloads.clear();
  clients_.redis_lost_everything();
}

void simulation::cut_redis() {
  if (auto& slot = any_slot(); slot.one) {
    auto& link = slot.one->link;
    using links = replica::redis_link;
    link = link != links::up ? links::up
           : luck_.one_in(2) ? links::requests_lost
                             : links::answers_lost;
    log_.note(slot.one->who, "redis link", std::to_string(static_cast<int>(link)));
  }
}

/// The lease lapses before its time, or somebody else has it.
void simulation::disturb_lease() {
  const bool foreign = luck_.one_in(2);
  log_.note(0, "lease", foreign ? "foreign" : "lapsed");
  redis_->lease = foreign ? "somebody else" : "";
  redis_->lease_until = world_.now() + std::chrono::seconds{luck_.below(30)};
  lease_disturbed_ = world_.now() + 30s + lease_ttl + lease_round;
}

void simulation::cut_nats() {
  auto& slot = any_slot();
  if (!slot.one)
    return;
  auto& one = *slot.one;
  if (one.via->closed || one.deaf || one.mute) {
    one.via->closed = one.deaf = one.mute = false;
    return log_.note(one.who, "connected");
  }
  (luck_.one_in(2) ? one.via->closed : luck_.one_in(2) ? one.deaf : one.mute) = true;
  log_.note(one.who, one.via->closed ? "disconnected" : "cut in one direction");
}

/// Of all devices, or of one to five single ones.
void simulation::request_refresh() {
  auto& slot = any_slot();
  if (!slot.one)
    return;
  const bool single = luck_.one_in(2);
  log_.note(slot.one->who, "refresh requested", single ? "single" : "all");
  for (auto left = single ? luck_.between(1, 5) : 1; left > 0; --left)
    request_refresh(*slot.one, single ? bridges_.any_serial() : std::string{});
  step(world_.now());
}

void simulation::request_refresh(replica& by, const std::string& serial) {
  oracle_.requested(serial);
  by.request_refresh(serial);
}

/// SIGHUP to all instances, with another list of monitored statuses.
void simulation::reload() {
  narrow_ = !narrow_;
  log_.note(0, "reload", narrow_ ? "narrow" : "wide");
  oracle_.narrowed(narrow_);
  for (auto& x : slots_)
    if (x.one)
      x.one->reload(current_settings());
  step(world_.now());
}

settings simulation::current_settings() const {
  auto result = options_;
  if (narrow_)
    std::erase(result.bruin.monitored_statuses, gold);
  return result;
}

/// By seconds to years, in either direction.
void simulation::step_wall_clock() {
  if (!wall_steps_)
    return;
  const auto by = static_cast<std::int64_t>(std::pow(3.0, static_cast<double>(luck_.below(19))));
  world_.wall_clock_jump += luck_.one_in(2) ? by : -by;
  log_.note(0, "wall clock", std::to_string(world_.wall_clock_jump));
}

void simulation::rolling_restart() {
  log_.note(0, "rolling restart");
  for (auto& x : slots_) {
    if (!x.one)
      continue;
    const auto who = x.one->who;
    x.one->stop();
    clients_.died(who);
    x.one.reset();
    x.seen.clear();
    lease_disturbed_ = std::max(lease_disturbed_, world_.now() + lease_ttl + lease_round);
    start(x);
    pass(std::chrono::seconds{luck_.below(8)});
  }
}

void simulation::kill_or_start() {
  auto& slot = any_slot();
  if (slot.one)
    kill(slot);
  else
    start(slot);
}

/// In the midst of whatever it does next.
void simulation::kill(slot& which) {
  log_.note(which.one->who, "killed");
  if (luck_.one_in(2)) {
    const auto due = next_event();
    if (due != time_point::max() && due > world_.now())
      world_.scheduler().advance_time(due - world_.now());
    deliver_due();
    world_.scheduler().run(luck_.below(40));
  }
  const auto who = which.one->who;
  which.one->die();
  clients_.died(who);
  which.one.reset();
  which.seen.clear();
  lease_disturbed_ = world_.now() + lease_ttl + lease_round;
  step(world_.now());
}

void simulation::start(slot& which) {
  const auto by = std::make_shared<std::weak_ptr<replica>>();
  ++lives_;
  which.one = std::make_shared<replica>(
      world_, current_settings(), redis_, watch(by), lives_, luck_.below(1u << 30),
      [this](auto& one, const auto& message) { published(one, message); });
  *by = which.one;
  which.able_since = {};
  which.one->started = world_.now();
  which.one->via->limit = payload_limit_ ? payload_limit_ : std::size_t{1} << 20;
  which.seen.clear();
  log_.note(lives_, "started");
  step(world_.now());
}

} // namespace hawkeye::simulation
