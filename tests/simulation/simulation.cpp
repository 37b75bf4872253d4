#include "tests/simulation/simulation.hpp"

#include <algorithm>

namespace hawkeye::simulation {

namespace {

/// Hours become seconds and fifty devices become eight: the same story in less time.
settings make_settings(chance& luck) {
  settings x;
  x.refresh.interval = 20s, x.refresh.jitter = 2s;
  x.refresh.retry_min = 500ms, x.refresh.retry_max = 4s;
  x.refresh.deadline = 15s;
  x.refresh.max_stale = luck.one_in(8) ? 0s : 60s;
  x.refresh.guard_min_devices = luck.one_in(4) ? 0 : luck.between(1, 4);
  x.refresh.guard_max_drop = luck.one_in(8) ? 100 : luck.one_in(4) ? 40 : 10;
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
    : log_{verbose}, luck_{seed}, options_{make_settings(luck_)}, oracle_{log_, options_},
      bridges_{log_, oracle_, luck_, options_,
               [this](duration pause, std::function<void()> what) {
                 later(pause, std::move(what));
               }},
      clients_{log_, luck_, options_, redis_},
      slots_(luck_.between(1, 3)), grid_{make_grid(luck_)} {
  if (verbose)
    spdlog::set_level(spdlog::level::debug);
  log_.begin = world_.begin;
  log_.now = [this] {
    return world_.now();
  };
  lease_disturbed_ = began_refresh_ = redis_whole_ = world_.begin;
  redis_->now = log_.now;
  bridges_.payloads = &redis_->payloads;
  bridges_.on_refresh = [this](replica& by) {
    refresh_begins(by);
  };
  bridges_.on_whole_refresh = [this] {
    began_refresh_ = world_.now();
  };
  bridges_.redis_answers = [this](const replica& by) {
    return redis_up(by);
  };
  if (slots_.size() == 1)
    oracle_.one_instance();
  if (luck_.one_in(5)) {
    wall_steps_ = true;
    oracle_.clocks_differ();
  }
  bridges_.rates = faults::drawn(luck_);
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

/// All is well from now on; but of several instances one may stay cut off for good.
void simulation::calm_down() {
  log_.note(0, "calm");
  bridges_.calm();
  redis_->away = false;
  calm_ = true;
  if (narrow_)
    reload();
  for (auto& x : slots_) {
    if (!x.one)
      start(x);
    x.one->via->closed = x.one->deaf = x.one->mute = false;
    x.one->link = replica::redis_link::up;
  }
  if (slots_.size() > 1 && luck_.one_in(3)) {
    auto& one = *any_slot().one;
    const auto how = luck_.below(3);
    log_.note(one.who, "stays cut off", std::to_string(how));
    one.via->closed = how == 0;
    one.deaf = how == 1;
    one.mute = how == 2;
  }
}

/// Why the instances do not all answer rightly yet; empty: they do.
std::string simulation::not_converged() {
  if (oracle_.in_redis().empty())
    return "Redis holds no snapshot";
  std::map<std::string, std::string> clients;
  for (auto& device : nlohmann::json::parse(oracle_.in_redis())) {
    auto client = device["bruin_client_info"];
    client.erase("answer");
    clients.emplace(device["serial_number"], client.dump());
  }
  if (clients != bridges_.monitored())
    return "the answer is not the right one";
  for (const auto& x : slots_) {
    if (x.seen != oracle_.in_redis())
      return "the instances do not answer the same";
    if (!x.one->via->closed && !x.one->via->handlers.contains(options_.nats.subject))
      return "an instance does not listen to requests";
  }
  return {};
}

/// The longest way: a refresh that runs still, a lease that has to lapse, one more interval, and
/// one more refresh after a held one; Bruin's circuit breaker may pause for half a minute.
void simulation::converge() {
  const auto& refresh = options_.refresh;
  const auto longest = 3 * (refresh.interval + refresh.jitter + refresh.deadline)
                       + refresh.guard_confirm_after + 3 * lease_ttl + 4 * refresh.retry_max + 30s;
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
  if (message.subject == options_.hawkeye.subject || message.subject.starts_with("bruin."))
    bridges_.asked(find(by), message);
  else if (message.subject.starts_with("client."))
    clients_.answered(by, message);
  else if (by.mute)
    return;
  else if (message.subject == options_.nats.sibling("updated"))
    forward_update(message);
  else if (message.subject == options_.nats.sibling("leader"))
    forward_request(by, message);
  else if (message.subject.starts_with("_INBOX."))
    forward_reply(message);
}

/// What one instance asks all others.
void simulation::forward_request(const replica& by, const test::published_message& message) {
  for (auto& slot : slots_)
    if (slot.one && slot.one.get() != &by)
      slot.one->deliver(message.subject, message.reply, message.data);
}

void simulation::forward_reply(const test::published_message& message) {
  for (auto& slot : slots_)
    if (slot.one && message.subject.starts_with(slot.one->via->inbox + '.'))
      slot.one->deliver(message.subject, {}, message.data);
}

/// NATS hands it to every instance, also to the one that published it.
void simulation::forward_update(const test::published_message& message) {
  const auto& wrong = bridges_.rates;
  for (auto& slot : slots_) {
    const std::weak_ptr<replica> to = slot.one;
    const auto deliver = [to, message] {
      if (const auto one = to.lock())
        one->deliver(message.subject, {}, message.data);
    };
    if (luck_.per_mille(wrong.update_lost)) {
      log_.note(0, "update lost");
      continue;
    }
    if (luck_.per_mille(wrong.update_repeated))
      later(50ms * luck_.between(1, 200), deliver);
    if (luck_.per_mille(wrong.update_delayed))
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
  // Where nobody held it at the last look, another one may have taken it since.
  const bool seen_free = known == lease_verdict::free || by.lease_now == lease_verdict::free;
  if (now >= lease_disturbed_ && held && redis_->lease != by.holder && !seen_free)
    log_.broke(by.who, "it refreshes though " + redis_->lease + " holds the lease");
  if (!by.deaf && !by.mute && !flooded_)
    began_refresh_ = now;
}

bool simulation::redis_up(const replica& by) {
  return !redis_->away && by.link == replica::redis_link::up
         && (by.redis_failed == time_point{} || world_.now() - by.redis_failed > 10s);
}

/// It reaches the bridges, and has done for a while.
bool simulation::can_refresh(const slot& x) const {
  return x.one && !x.one->via->closed && !x.one->deaf && !x.one->mute;
}

/// In twice the interval, with the time in which a lease lapses, one gives up and another one
/// tries.
void simulation::check_somebody_refreshes() {
  const auto now = world_.now();
  time_point able = now;
  for (auto& x : slots_) {
    if (!can_refresh(x))
      x.able_since = {};
    else if (x.able_since == time_point{})
      x.able_since = now;
    if (x.able_since != time_point{})
      able = std::min(able, x.able_since);
  }
  const auto& refresh = options_.refresh;
  const auto longest =
      2 * (refresh.interval + refresh.jitter) + refresh.deadline + 2 * lease_ttl + 30s;
  if (now - std::max({able, began_refresh_, lease_disturbed_}) > longest)
    log_.broke(0, "nobody refreshes though an instance could");
}

/// Where the instance that has to is still there, and nothing happened to its lease.
void simulation::check_promised_refresh() {
  const auto& promised = oracle_.promised();
  if (!promised || world_.now() <= promised->until || lease_disturbed_ > promised->since)
    return;
  for (const auto& x : slots_)
    if (x.one && x.one->who == promised->who && x.able_since != time_point{}
        && x.able_since <= promised->since)
      log_.broke(promised->who, "removals wait or Bruin was silent, but the next refresh does not "
                                "come early");
}

/// What Redis has lost is written again within five seconds by an instance that knows it.
void simulation::check_redis_is_whole() {
  const bool could_write = std::any_of(slots_.begin(), slots_.end(), [this](const slot& x) {
    return x.one && x.seen.size() > 2 && redis_up(*x.one);
  });
  if (oracle_.redis_is_whole() || !could_write)
    redis_whole_ = world_.now();
  else if (world_.now() - redis_whole_ > 5s)
    log_.broke(0, "Redis has lost the snapshot, and it is not written again");
}

/// An instance that has nothing, and was never cut off, takes no requests while another one serves.
void simulation::check_joined_late(const slot& x) {
  const bool able = can_refresh(x) && x.able_since <= x.one->started + 50ms;
  if (!x.seen.empty() || !x.one->listens() || !able || world_.now() - x.one->started > 9s)
    return;
  for (const auto& other : slots_)
    if (other.one && other.one != x.one && other.seen.size() > 2 && can_refresh(other)
        && other.able_since != time_point{}
        && std::max(other.able_since, other.serves_since) + 5s < x.one->started)
      log_.broke(x.one->who,
                 "it takes requests with nothing to serve while another instance serves");
}

redis_fate simulation::fate_of(replica* by, const char* call) {
  // The one that gives the lease back does not know at once who takes it.
  if (call == std::string_view{"release"})
    lease_disturbed_ = std::max(lease_disturbed_, world_.now() + lease_ttl + lease_round);
  auto fate = redis_fate::works;
  if (!by || by->dead || by->link == replica::redis_link::requests_lost || redis_->away)
    fate = redis_fate::fails_before;
  else if (by->link == replica::redis_link::answers_lost)
    fate = redis_fate::fails_after;
  else if (luck_.per_mille(bridges_.rates.redis_before))
    fate = redis_fate::fails_before;
  else if (luck_.per_mille(bridges_.rates.redis_after))
    fate = redis_fate::fails_after;
  if (!by || fate == redis_fate::works)
    return fate;
  log_.note(by->who, "redis fails", call);
  by->redis_failed = world_.now();
  if (redis_->away || !by->dead)
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
    with_one(
        [&](replica& one) { oracle_.loaded(one.who, array ? array->view() : std::string_view{}); });
  };
  x->publishing = [this, with_one](std::string_view array) {
    with_one([&](replica& one) { oracle_.publishing(one.who, array); });
  };
  x->published = [this, with_one](std::string_view array, publish_verdict verdict) {
    with_one([&](replica& one) {
      if (verdict != publish_verdict::published)
        return;
      if (redis_->array != array || !redis_->meta)
        return log_.broke(one.who, "Redis does not hold what was published");
      oracle_.published(one.who, array, *redis_->meta);
      redis_was_.emplace_back(*redis_->array, *redis_->meta);
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
