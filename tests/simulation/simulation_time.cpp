// How time passes: from event to event, all that lies closer together than the grid at once; after
// each step the oracle decides.
#include "tests/simulation/simulation.hpp"

namespace hawkeye::simulation {

void simulation::later(duration pause, std::function<void()> what) {
  events_.emplace(world_.now() + pause, std::move(what));
}

time_point simulation::next_event() {
  const auto& timers = world_.scheduler().clock().schedule();
  auto next = timers.empty() ? time_point::max() : timers.begin()->first;
  if (!events_.empty())
    next = std::min(next, events_.begin()->first);
  return next;
}

void simulation::deliver_due() {
  while (!events_.empty() && events_.begin()->first <= world_.now()) {
    const auto what = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    what();
  }
}

void simulation::step(time_point to) {
  ++steps_;
  if (const auto time = to - world_.now(); time > 0ns) {
    // A process that stood still for longer than a round may have lost its lease meanwhile.
    if (time > lease_round + grid_)
      lease_disturbed_ = to + lease_ttl + lease_round;
    if (time > lease_round + grid_)
      began_refresh_ = redis_whole_ = to;
    world_.scheduler().advance_time(time);
  }
  deliver_due();
  world_.settle();
  check();
}

void simulation::pass(duration time) {
  const auto until = world_.now() + time;
  while (world_.now() < until && !log_.broken) {
    const auto due = std::max(next_event(), world_.now());
    const auto next =
        due >= until ? until : world_.now() + (due - world_.now() + grid_) / grid_ * grid_;
    step(std::min(next, until));
  }
}

/// Everything stands still for a time and then goes on: a suspended machine.
void simulation::jump(duration time) {
  log_.note(0, "jump");
  step(world_.now() + time);
}

/// After every step.
void simulation::check() {
  for (auto& slot : slots_) {
    if (!slot.one)
      continue;
    auto& one = *slot.one;
    const auto seen = one.observe();
    if (seen == "?")
      log_.broke(one.who, "the question for all devices has no right answer");
    if (seen == "-")
      continue;
    oracle_.serves(one.who, seen);
    clients_.check(one, slot.seen, seen);
    if (slot.seen.size() <= 2 && seen.size() > 2)
      slot.serves_since = world_.now();
    slot.seen = seen;
    check_joined_late(slot);
  }
  oracle_.check_redis(redis_->array, redis_->meta);
  check_somebody_refreshes();
  check_promised_refresh();
  check_redis_is_whole();
}

} // namespace hawkeye::simulation
