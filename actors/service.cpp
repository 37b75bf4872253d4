#include "actors/service.hpp"

#include <mutex>

#include <spdlog/spdlog.h>

#include "actors/admin.hpp"
#include "actors/bruin_resolver_pool.hpp"
#include "actors/hawkeye_fetcher.hpp"
#include "actors/late_joiner.hpp"
#include "actors/lease_keeper.hpp"
#include "actors/nats/inline_executor.hpp"
#include "actors/nats_gateway.hpp"
#include "actors/notifier.hpp"
#include "actors/payload_store.hpp"
#include "actors/redis_store.hpp"
#include "actors/redis_worker.hpp"
#include "actors/refresh_history.hpp"
#include "actors/refresh_scheduler.hpp"
#include "actors/rpc_responder.hpp"
#include "actors/snapshot_builder.hpp"
#include "messages/rpc/reply_subject.hpp"

namespace hawkeye {

namespace {

/// Spawns an actor with its own thread, or in the scheduler if tests control the clock.
template <class Function, class... Args>
auto spawn_worker(caf::actor_system& system, bool detached, Function function, Args&&... args) {
  return detached ? system.spawn<caf::detached>(function, std::forward<Args>(args)...)
                  : system.spawn(function, std::forward<Args>(args)...);
}

/// Sends a request and waits until `until`. True if the actor answered.
template <class Handle, class... Args>
bool ask_briefly(caf::scoped_actor& self, const Handle& actor, time_point until, Args... args) {
  bool answered = false;
  const auto left = std::max<duration>(until - std::chrono::steady_clock::now(), 10ms);
  self->request(actor, left, args...)
      .receive([&](bool) { answered = true; }, [](const caf::error&) {});
  return answered;
}

} // namespace

service::service(caf::actor_system& system, const settings& settings, service_seams seams)
    : system_{system}, settings_{settings}, seams_{std::move(seams)},
      holder_{settings.service.name + "/" + seams_.world.new_id()},
      inbox_{std::make_shared<request_inbox>(settings.nats.max_pending)} {
  auto& a = actors_;
  const auto& world = seams_.world;
  const bool detached = seams_.detached;
  const auto timeout = settings.redis.timeout;
  const auto ttl = settings.redis.payload_ttl;
  a.gateway = system.spawn(nats_gateway, seams_.nats, world.new_id, detached);
  a.snapshot_worker = spawn_worker(system, detached, redis_worker, seams_.snapshot_redis, ttl);
  a.payload_worker = spawn_worker(system, detached, redis_worker, seams_.payload_redis, ttl);
  a.payloads = system.spawn(payload_store, a.payload_worker, world.new_id, ttl, timeout,
                            seams_.most_offloaded_bytes, metrics_);
  a.store = system.spawn(redis_store, a.snapshot_worker, a.gateway,
                         settings.nats.sibling("updated"), timeout, metrics_);
  a.responder = system.spawn(rpc_responder, inbox_, seams_.nats, a.store, a.payloads, metrics_);
  a.notifier = system.spawn(notifier, a.gateway, a.snapshot_worker, settings, world);
  const bridge_access bridges{a.gateway, a.payloads, metrics_};
  a.fetcher = spawn_worker(system, detached, hawkeye_fetcher, bridges, settings.hawkeye);
  a.pool = system.spawn(bruin_resolver_pool, bridges, settings.bruin, world);
  a.builder = spawn_worker(system, detached, snapshot_builder, world.wall_clock);
  const bridge_access peers{a.gateway, a.payloads, nullptr};
  a.lease = system.spawn(lease_keeper, a.snapshot_worker, a.store, seams_.nats, peers,
                         settings.nats.sibling("leader"), holder_, timeout);
  a.records = system.spawn(refresh_history, a.snapshot_worker, timeout);
  const refresh_actors actors{a.fetcher, a.pool,     a.builder, a.store,
                              a.lease,   a.notifier, a.records};
  a.scheduler = system.spawn(refresh_scheduler, actors, settings, holder_, metrics_, world);
  a.joiner = system.spawn(late_joiner, a.store, peers, settings.nats.sibling("leader"),
                          [this] { return join(); });
  const admin_dependencies sources{a.responder, a.store,     a.payloads, a.scheduler,
                                   a.pool,      a.lease,     a.records,  a.joiner,
                                   peers,       seams_.nats, inbox_,     metrics_};
  a.admin = system.spawn(admin, sources, settings, holder_, admin_waiting_, world);
  watch();
}

/// No actor may end before `stop`. If one does, the process is restarted: without its store, for
/// example, the service could not work.
void service::watch() {
  if (!seams_.on_lost)
    return;
  const auto once = std::make_shared<std::once_flag>();
  const auto each = [&](const auto& actor, const char* name) {
    caf::actor_cast<caf::abstract_actor*>(actor)->attach_functor(
        [once, name, tell = seams_.on_lost](const caf::error& why) {
          if (why != caf::exit_reason::user_shutdown)
            std::call_once(*once, tell, std::string{name} + " ended: " + reason_of(why));
        });
  };
  actors_.for_each(each);
}

/// Subscribes. If a request names one of our own subjects, or one of NATS itself, as its reply
/// subject, it is handled without a reply: otherwise a client could make the service send requests
/// in its own name.
std::optional<failure> service::listen(const std::string& subject, const std::string& queue,
                                       nats_handler handler) {
  const auto shared = std::make_shared<const settings>(settings_);
  return seams_.nats->subscribe(
      subject, queue, [shared, handler = std::move(handler)](const nats_message& message) {
        if (!is_reserved(message.reply, *shared))
          return handler(message);
        auto mute = message;
        mute.reply = {};
        handler(mute);
      });
}

std::string service::subject_of(endpoint to) const {
  return to == endpoint::get ? settings_.nats.subject : settings_.nats.sibling(to_string(to));
}

std::optional<failure> service::open() {
  const auto here = std::make_shared<inline_executor>(system_, seams_.detached);
  // Handled on the connection's thread, so that a flood of messages is held back there, within
  // limits.
  if (auto problem = listen(
          settings_.nats.sibling("updated"), {},
          [store = actors_.store, here](const nats_message&) { here->send(store, peek_atom_v); }))
    return problem;
  return open_admin();
}

std::optional<failure> service::join() {
  const std::lock_guard lock{joining_};
  if (leaving_)
    return {};
  return listen(settings_.nats.subject, settings_.nats.queue,
                take_requests(inbox_, seams_.nats, actors_.responder, metrics_, seams_.detached));
}

/// Subscribes to the requests of operators, other instances and service discovery.
std::optional<failure> service::open_admin() {
  service_identity who{settings_.service.name,   holder_.substr(holder_.find('/') + 1),
                       PROJECT_VERSION,          settings_.service.environment,
                       settings_.nats.queue,     {},
                       seams_.world.wall_clock()};
  for (std::size_t i = 0; i < endpoint_count; ++i) {
    const auto to = static_cast<endpoint>(i);
    who.subjects[i] = subject_of(to);
    if (to == endpoint::get)
      continue; // `late_joiner` subscribes to it
    if (auto problem =
            listen(who.subjects[i], settings_.nats.queue,
                   take_admin_requests(to, actors_.admin, seams_.nats, metrics_, admin_waiting_)))
      return problem;
  }
  if (auto problem = listen(settings_.nats.sibling("leader"), {},
                            take_peer_requests(actors_.admin, metrics_, admin_waiting_)))
    return problem;
  return listen(
      discovery_subject, {},
      [nats = seams_.nats.get(), who = std::move(who), metrics = metrics_](const nats_message& x) {
        const auto response = discovery_response(who, x.subject, metrics->stats());
        if (!x.reply.empty() && !response.empty())
          nats->publish(std::string{x.reply}, {}, response);
      });
}

void service::reload(const settings& next) {
  const auto shared = std::make_shared<const settings>(next);
  caf::anon_send(actors_.scheduler, reload_atom_v, shared);
  caf::anon_send(actors_.pool, reload_atom_v, shared);
  caf::anon_send(actors_.admin, reload_atom_v, shared);
}

void service::stop(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  {
    const std::lock_guard lock{joining_};
    leaving_ = true;
  }
  // First, so that no client finds this instance any more.
  seams_.nats->unsubscribe(discovery_subject, limit / 16);
  for (std::size_t i = 0; i < endpoint_count; ++i)
    seams_.nats->unsubscribe(subject_of(static_cast<endpoint>(i)), limit / 16);
  caf::scoped_actor self{system_};
  const bool answered = ask_briefly(self, actors_.responder, until - limit / 2, drain_atom_v);
  if (!ask_briefly(self, actors_.admin, until - limit / 2, drain_atom_v) || !answered)
    spdlog::warn("stopping: not every request taken could be answered");
  seams_.nats->flush(limit / 8);
  self->send_exit(actors_.scheduler, caf::exit_reason::user_shutdown);
  if (!ask_briefly(self, actors_.store, until - limit / 4, drain_atom_v))
    spdlog::warn("stopping: Redis did not finish in time");
  ask_briefly(self, actors_.lease, until - limit / 8, release_atom_v);
  seams_.nats->close();
  actors_.for_each([&](const auto& actor, const char*) {
    self->send_exit(actor, caf::exit_reason::user_shutdown);
  });
  actors_ = {};
}

void configure(caf::actor_system_config& cfg) {
  cfg.add_message_types<caf::id_block::hawkeye>();
  // The policy "stealing" polls for work and adds up to a millisecond to a reply; "sharing" wakes
  // up at once.
  cfg.set("scheduler.policy", caf::atom("sharing"));
  cfg.set("scheduler.max-threads", std::int64_t{2});
}

} // namespace hawkeye
