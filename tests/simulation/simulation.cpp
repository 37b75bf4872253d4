#include "tests/simulation/simulation.hpp"

namespace hawkeye::simulation {

namespace {

/// Hours become seconds and fifty devices become eight: the same story in less time.
settings make_settings(chance& luck) {
  settings x;
  x.refresh.interval = 20s, x.refresh.jitter = 2s;
  x.refresh.retry_min = 500ms, x.refresh.retry_max = 4s;
  x.refresh.deadline = 15s;
  x.refresh.max_stale = luck.one_in(8) ? 0s : 60s;
  x.refresh.guard_min_devices = luck.one_in(4) ? 0 : 8;
  x.refresh.guard_max_drop = luck.one_in(8) ? 100 : 50;
  x.refresh.guard_confirm_after = 5s;
  x.hawkeye.timeout = 3s;
  x.bruin.timeout = 2s;
  x.bruin.attempts = luck.between(1, 3);
  x.bruin.concurrency = luck.one_in(4) ? 1 : 16;
  x.redis.timeout = 100ms;
  if (luck.one_in(6))
    x.nats.max_pending = luck.between(1, 3);
  return x;
}

duration make_grid(chance& luck) {
  constexpr std::array<duration, 3> grids{50ms, 100ms, 250ms};
  return grids[luck.below(grids.size())];
}

} // namespace

simulation::simulation(std::uint64_t seed, bool verbose)
    : log_{verbose}, luck_{seed}, with_{make_settings(luck_)}, law_{log_, with_.refresh},
      bridges_{log_, law_, luck_, with_,
               [this](duration pause, std::function<void()> what) {
                 later(pause, std::move(what));
               }},
      clients_{log_, luck_, with_, redis_}, slots_(luck_.between(1, 3)), grid_{make_grid(luck_)} {
  if (verbose)
    spdlog::set_level(spdlog::level::debug);
  log_.begin = world_.begin;
  log_.now = [this] {
    return world_.now();
  };
  lease_disturbed_ = world_.begin;
  redis_->now = log_.now;
  bridges_.payloads = &redis_->payloads;
  bridges_.on_refresh = [this](replica& by) {
    refresh_begins(by);
  };
  bridges_.with_faults = faults::drawn(luck_);
  bridges_.add_devices(luck_.one_in(3) ? luck_.below(60) : luck_.below(20));
  if (luck_.one_in(4))
    payload_limit_ = luck_.between(300, 3000);
}

simulation::~simulation() {
  for (auto& x : slots_)
    if (x.one)
      x.one->die();
}

verdict_of_seed simulation::run() {
  for (auto& x : slots_)
    if (!luck_.one_in(4))
      start(x);
  for (auto left = luck_.between(10, 40); left > 0 && !log_.broken; --left)
    act();
  if (!log_.broken)
    calm_down();
  if (!log_.broken)
    converge();
  return {log_.broken, log_.hash(), steps_, log_.counts};
}

// -- the end -------------------------------------------------------------------------------------

void simulation::calm_down() {
  log_.note(0, "calm");
  bridges_.calm();
  redis_->away = false;
  calm_ = true;
  for (auto& x : slots_) {
    if (!x.one)
      start(x);
    x.one->via->closed = false;
    x.one->cut_from_redis = false;
  }
}

/// Why the instances do not all answer rightly yet; empty: they do.
std::string simulation::not_converged() {
  const auto id = law_.in_redis();
  const auto* stored = law_.find(id);
  if (!stored)
    return "Redis holds no snapshot";
  std::map<std::string, std::string> clients;
  for (const auto& [serial, device] : stored->devices)
    clients.emplace(serial, device.client);
  if (clients != bridges_.monitored())
    return "the answer is not the right one";
  for (const auto& x : slots_)
    if (law_.held_by(x.one->who) != id)
      return "the instances do not answer the same";
  return {};
}

/// The longest way: a refresh that runs still, a lease that has to lapse, one more interval, and
/// one more refresh after a held one; Bruin's circuit breaker may pause for half a minute.
void simulation::converge() {
  const auto& with = with_.refresh;
  const auto longest = 2 * (with.interval + with.jitter + with.deadline) + with.guard_confirm_after
                       + lease_ttl + 4 * with.retry_max + 30s;
  const auto until = world_.now() + longest;
  auto problem = not_converged();
  while (!problem.empty() && world_.now() < until && !log_.broken) {
    pass(1s);
    problem = not_converged();
  }
  ask();
  pass(1s);
  if (!problem.empty())
    log_.broke(
        0, "all is well again, but after "
               + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(longest).count())
               + " s " + problem);
}

// -- what instances do
// -----------------------------------------------------------------------------

simulation::slot& simulation::any_slot() {
  return slots_[luck_.below(slots_.size())];
}

std::shared_ptr<replica> simulation::find(const replica& x) {
  for (auto& slot : slots_)
    if (slot.one.get() == &x)
      return slot.one;
  return nullptr;
}

void simulation::published(replica& by, const test::published_message& message) {
  if (message.subject == with_.hawkeye.subject || message.subject.starts_with("bruin."))
    bridges_.asked(find(by), message);
  else if (message.subject == with_.nats.sibling("updated"))
    tell_others(message);
  else if (message.subject.starts_with("client."))
    clients_.answered(by, message);
}

/// NATS hands it to every instance, the teller too.
void simulation::tell_others(const test::published_message& message) {
  const auto& wrong = bridges_.with_faults;
  for (auto& slot : slots_) {
    const std::weak_ptr<replica> to = slot.one;
    const auto deliver = [to, message] {
      if (const auto one = to.lock())
        one->deliver(message.subject, {}, message.data);
    };
    if (luck_.per_mille(wrong.told_lost)) {
      log_.note(0, "update lost");
      continue;
    }
    if (luck_.per_mille(wrong.told_again))
      later(50ms * luck_.between(1, 200), deliver);
    if (luck_.per_mille(wrong.told_delayed))
      later(50ms * luck_.between(1, 100), deliver);
    else
      deliver();
  }
}

/// While Redis can be asked and leases are respected only one instance refreshes.
void simulation::refresh_begins(replica& by) {
  const auto now = world_.now();
  const auto& known = by.lease_told < now ? by.lease_now : by.lease_before;
  if (known == lease_verdict::another && by.lease_now == lease_verdict::another)
    log_.broke(by.who, "it refreshes though it knows that another instance holds the lease");
  const bool held = !redis_->lease.empty() && now < redis_->lease_until;
  if (now >= lease_disturbed_ && held && redis_->lease != by.holder)
    log_.broke(by.who, "it refreshes though " + redis_->lease + " holds the lease");
}

redis_fate simulation::fate_of(replica* by, const char* call) {
  auto fate = redis_fate::works;
  if (!by || by->dead || by->cut_from_redis || redis_->away)
    fate = redis_fate::fails_before;
  else if (luck_.per_mille(bridges_.with_faults.redis_before))
    fate = redis_fate::fails_before;
  else if (luck_.per_mille(bridges_.with_faults.redis_after))
    fate = redis_fate::fails_after;
  if (!by || fate == redis_fate::works)
    return fate;
  log_.note(by->who, "redis fails", call);
  by->redis_failed = world_.now();
  lease_disturbed_ = std::max(lease_disturbed_, world_.now() + lease_ttl + lease_round);
  return fate;
}

std::shared_ptr<const redis_watch>
simulation::watch(const std::shared_ptr<std::weak_ptr<replica>>& by) {
  auto x = std::make_shared<redis_watch>();
  const auto with_one = [by](auto what) {
    if (const auto one = by->lock(); one && !one->dead)
      what(*one);
  };
  x->fate = [this, by](const char* call) {
    return fate_of(by->lock().get(), call);
  };
  x->loaded = [this, with_one](const payload_ptr& array) {
    with_one([&](replica& one) {
      if (array)
        law_.loaded(one.who, array->view());
    });
  };
  x->publishing = [this, with_one](std::string_view array) {
    with_one([&](replica& one) { law_.publishing(one.who, array); });
  };
  x->published = [this, with_one](std::string_view array, std::string_view holder,
                                  publish_verdict verdict, bool told) {
    with_one([&](replica& one) {
      if (told && verdict != publish_verdict::published && !holder.empty())
        law_.refused(one.who, array);
      if (verdict == publish_verdict::published)
        law_.published(one.who, array, *redis_);
    });
  };
  x->leased = [this, with_one](std::string_view holder, std::optional<lease_verdict> verdict) {
    with_one([&](replica& one) {
      one.holder = holder;
      if (one.lease_told < world_.now())
        one.lease_before = one.lease_now;
      one.lease_now = verdict;
      one.lease_told = world_.now();
    });
  };
  return x;
}

} // namespace hawkeye::simulation
