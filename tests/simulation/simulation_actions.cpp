// What can happen in a story, as often as it is listed here.
#include <cmath>

#include "tests/simulation/simulation.hpp"

namespace hawkeye::simulation {

void simulation::act() {
  switch (luck_.below(20)) {
  case 0:
    return bridges_.change_weather();
  case 1:
    return trouble_redis();
  case 2:
    return trouble_lease();
  case 3:
    return trouble_connection();
  case 4:
  case 5:
    return kill_or_start();
  case 6:
  case 7:
    return bridges_.change_fleet();
  case 8:
    return request_refresh();
  case 9:
  case 10:
  case 11:
  case 12:
    return ask();
  default:
    return time_passes();
  }
}

/// One to five requests, now or while time passes.
void simulation::ask() {
  for (auto left = luck_.between(1, 5); left > 0; --left) {
    auto& slot = any_slot();
    if (!slot.one || slot.one->via->closed)
      continue; // NATS knows who listens
    if (luck_.one_in(2)) {
      clients_.ask(*slot.one);
      continue;
    }
    later(50ms * luck_.below(100), [this, to = std::weak_ptr{slot.one}] {
      if (const auto one = to.lock(); one && !one->dead && !one->via->closed)
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

void simulation::trouble_redis() {
  const auto what = luck_.below(4);
  log_.note(0, "redis", std::to_string(what));
  lease_disturbed_ = world_.now() + lease_ttl + lease_round;
  if (what == 0) {
    redis_->away = !redis_->away;
  } else if (what == 1) { // everything that it held is gone
    redis_->array.reset(), redis_->meta.reset();
    redis_->lease.clear(), redis_->payloads.clear();
    law_.redis_lost_everything();
    clients_.redis_lost_everything();
  } else if (auto& slot = any_slot(); slot.one) {
    slot.one->cut_from_redis = !slot.one->cut_from_redis;
  }
}

/// The lease lapses before its time, or somebody else has it.
void simulation::trouble_lease() {
  const bool foreign = luck_.one_in(2);
  log_.note(0, "lease", foreign ? "foreign" : "lapsed");
  redis_->lease = foreign ? "somebody else" : "";
  redis_->lease_until = world_.now() + std::chrono::seconds{luck_.below(30)};
  lease_disturbed_ = world_.now() + 30s + lease_ttl + lease_round;
}

void simulation::trouble_connection() {
  auto& slot = any_slot();
  if (!slot.one)
    return;
  slot.one->via->closed = !slot.one->via->closed;
  log_.note(slot.one->who, slot.one->via->closed ? "disconnected" : "connected");
}

void simulation::request_refresh() {
  if (auto& slot = any_slot(); slot.one) {
    log_.note(slot.one->who, "refresh wished");
    slot.one->wish_refresh();
    step(world_.now());
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
      world_, with_, redis_, watch(by), lives_, luck_.below(1u << 30),
      [this](auto& one, const auto& message) { published(one, message); });
  *by = which.one;
  which.one->via->limit = payload_limit_ ? payload_limit_ : std::size_t{1} << 20;
  which.seen.clear();
  log_.note(lives_, "started");
  step(world_.now());
}

} // namespace hawkeye::simulation
