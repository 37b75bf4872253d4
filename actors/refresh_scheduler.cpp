#include "actors/refresh_scheduler.hpp"

#include <algorithm>

#include "actors/ask_bridge.hpp"

namespace hawkeye {

namespace {

/// How often it is looked whether a refresh is due and ours to make.
constexpr caf::timespan pulse = std::chrono::seconds{1};
/// How often the lease is asked for while it is not known yet, at start.
constexpr caf::timespan undecided_interval = std::chrono::milliseconds{20};
/// By then the messages that held a refresh's data are gone.
constexpr caf::timespan memory_pause = std::chrono::seconds{1};

/// Single devices that wait for their refresh; who wishes for more gets all of them.
constexpr std::size_t most_wishes = 100;
} // namespace

// -- when --------------------------------------------------------------------------------------

/// What is wished while it is being refreshed is under way already.
refresh_state refresh_scheduler_state::wish(const std::string& serial_number) {
  if (running && (device.empty() || device == serial_number))
    return refresh_state::running;
  auto& wished = wished_devices;
  if (serial_number.empty() || wished.size() >= most_wishes) {
    due = self->clock().now();
    next_trigger = refresh_trigger::request;
  } else if (std::find(wished.begin(), wished.end(), serial_number) == wished.end()) {
    wished.push_back(serial_number);
  }
  if (!running)
    wake_in(caf::timespan::zero());
  return refresh_state::started;
}

void refresh_scheduler_state::reload(const refresh_settings& next) {
  with = next;
  due = std::min(due, self->clock().now() + with_jitter(with.interval, with.jitter, random));
}

refresh_progress refresh_scheduler_state::progress() const {
  auto result = told;
  result.failures = failures;
  if (!running) {
    const auto left = std::max(due - self->clock().now(), caf::timespan::zero());
    result.next = to_moment(to_time_point(wall_clock())
                            + std::chrono::duration_cast<std::chrono::microseconds>(left));
  }
  return result;
}

void refresh_scheduler_state::wake_in(caf::timespan pause) {
  self->delayed_send(self, std::max(pause, caf::timespan::zero()), tick_atom_v, ++timer);
}

void refresh_scheduler_state::tick(std::uint64_t number) {
  if (number != timer || running)
    return;
  self->request(crew.lease, local_patience, lease_atom_v)
      .then([this](lease_state lease) { decide(lease); },
            [this](const caf::error&) { decide(lease_state::redis_away); });
}

void refresh_scheduler_state::decide(lease_state lease) {
  if (running)
    return;
  const auto left = wished_devices.empty() ? due - self->clock().now() : caf::timespan::zero();
  if (lease == lease_state::undecided)
    wake_in(undecided_interval);
  else if (lease == lease_state::another)
    follow();
  else if (left > caf::timespan::zero())
    wake_in(std::min<caf::timespan>(left, pulse));
  else
    start();
}

/// Another instance refreshes. Should it die, the next refresh is due an interval after the last
/// one, whoever made that.
void refresh_scheduler_state::follow() {
  wished_devices.clear(); // who waits for them sees that another instance refreshes now
  failures = 0;
  self->request(crew.store, local_patience, snapshot_atom_v)
      .then([this](const snapshot_ptr& current) { follow_due(current); }, [](const caf::error&) {});
  wake_in(pulse);
}

void refresh_scheduler_state::follow_due(const snapshot_ptr& current) {
  if (!current || !current->meta().built_at || followed == current->meta().version)
    return;
  followed = current->meta().version;
  const auto age = to_time_point(wall_clock()) - to_time_point(*current->meta().built_at);
  const auto passed = std::clamp<caf::timespan>(age, caf::timespan::zero(), with.interval);
  due = self->clock().now() + with_jitter(with.interval - passed, with.jitter, random);
}

void refresh_scheduler_state::rest_for(caf::timespan pause) {
  due = self->clock().now() + pause;
  rest();
}

void refresh_scheduler_state::rest() {
  running = false;
  device.clear();
  gathered = {};
  self->delayed_send(crew.builder, memory_pause, tick_atom_v);
  const auto left = due - self->clock().now();
  wake_in(wished_devices.empty() ? std::min<caf::timespan>(left, pulse) : caf::timespan::zero());
}

refresh_scheduler_actor::behavior_type
refresh_scheduler(refresh_scheduler_state::pointer self, refresh_crew crew, refresh_settings with,
                  caf::timespan hawkeye_timeout, std::string instance,
                  std::shared_ptr<meters> meter, const environment& world) {
  auto& state = self->state;
  state.crew = std::move(crew);
  state.with = with;
  state.fetch_patience = hawkeye_timeout + recover_timeout + local_patience;
  state.instance = std::move(instance);
  state.meter = std::move(meter);
  state.wall_clock = world.wall_clock;
  state.random = world.make_random();
  state.rest_for(caf::timespan::zero());
  return {
      [self](refresh_atom, const std::string& serial_number) {
        return self->state.wish(serial_number);
      },
      [self](status_atom) { return self->state.progress(); },
      [self](reload_atom, const settings_ptr& next) { self->state.reload(next->refresh); },
      [self](tick_atom, std::uint64_t number) { self->state.tick(number); },
      [](ping_atom) { return true; },
  };
}

} // namespace hawkeye
