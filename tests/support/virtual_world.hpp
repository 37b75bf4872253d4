// The whole service on CAF's test coordinator: a virtual clock, a fake bus, a fake Redis, and
// bridges that are functions. No thread, no sleep, no real time: every run is the same.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "actors/service.hpp"
#include "tests/support/fake_bridges.hpp"
#include "tests/support/fake_nats_client.hpp"
#include "tests/support/fake_redis.hpp"

namespace hawkeye::test {

/// The clock, the scheduler and the names: what every test on virtual time needs.
class virtual_system {
public:
  virtual_system() : system{config()} {
    spdlog::set_level(spdlog::level::off);
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

  time_point now() {
    return scheduler().clock().now();
  }

  /// Runs everything that can run without time passing.
  void settle() {
    scheduler().run();
  }

  /// Lets time pass in steps, so that timers that re-arm themselves fire each time.
  void pass(duration time, duration step = 100ms) {
    for (auto left = time; left > 0ns; left -= step) {
      scheduler().advance_time(std::min(left, step));
      scheduler().run();
    }
  }

  platform world(std::uint64_t seed = 1) {
    return {[this] {
              return timestamp{
                  1'600'000'000
                      + std::chrono::duration_cast<std::chrono::seconds>(now() - begin).count()
                      + wall_clock_jump,
                  0};
            },
            [seed] {
              auto engine = std::make_shared<std::mt19937_64>(seed);
              return [engine] {
                return std::uniform_real_distribution<double>{0.0, 1.0}(*engine);
              };
            },
            [this] {
              auto id = std::to_string(++ids_);
              return std::string(36 - id.size(), '0') + id;
            }};
  }

private:
  caf::actor_system_config& config() {
    configure(config_);
    config_.set("scheduler.policy", caf::atom("testing"));
    return config_;
  }

  caf::actor_system_config config_;
  std::uint64_t ids_ = 0; ///< of all instances: no two share a name

public:
  caf::actor_system system;
  time_point begin = now();
  std::int64_t wall_clock_jump = 0; ///< seconds
};

/// One instance of the service on a virtual system, with bridges of its own.
class virtual_service {
public:
  explicit virtual_service(virtual_system& on, settings with = {},
                           std::shared_ptr<redis_memory> memory = nullptr,
                           std::uint64_t most_offloaded_bytes = max_offloaded_bytes)
      : world{on}, redis{memory ? std::move(memory) : std::make_shared<redis_memory>()},
        via{std::make_shared<fake_nats_client>()}, bridges{via} {
    if (!redis->now)
      redis->now = [&on] {
        return on.now();
      };
    const auto make_redis = [memory = redis] {
      return std::make_unique<fake_redis>(memory);
    };
    instance.emplace(on.system, with,
                     service_seams{via, make_redis, make_redis, on.world(), false,
                                   [this](const std::string& what) { lost.push_back(what); },
                                   most_offloaded_bytes});
    instance->open();
  }

  ~virtual_service() {
    instance->actors().for_each(
        [](const auto& actor, const char*) { caf::anon_send_exit(actor, caf::exit_reason::kill); });
    via->close();
    via->on_publish = nullptr;
    world.settle();
  }

  /// Asks the RPC and returns the reply, or nothing where none came at once.
  std::optional<std::string> ask(const std::string& request,
                                 const std::string& subject = "hawkeye.customer.cache.get") {
    const auto reply = "client." + std::to_string(++asked_);
    via->deliver(subject, reply, request);
    world.settle();
    const auto replies = via->sent_to(reply);
    return replies.empty() ? std::nullopt : std::optional{replies.front()};
  }

  /// Status and body of the answer to a request for all devices.
  nlohmann::json ask_all() {
    if (!via->handlers.contains("hawkeye.customer.cache.get"))
      world.pass(200ms); // it joins the queue group once it has something to serve
    const auto reply = ask(R"({"request_id":1,"body":{}})");
    return reply ? nlohmann::json::parse(*reply) : nlohmann::json{};
  }

  /// How many devices are served; nothing where the answer is not 200.
  std::optional<std::size_t> served() {
    const auto reply = ask_all();
    return reply.is_object() && reply.value("status", 0) == 200
               ? std::optional{reply["body"].size()}
               : std::nullopt;
  }

  /// What is served now, with what is known of each device.
  snapshot_ptr current() {
    caf::scoped_actor self{world.system};
    auto handle = self->request(instance->actors().store, caf::infinite, snapshot_atom_v);
    world.settle();
    snapshot_ptr result;
    handle.receive([&](const snapshot_ptr& x) { result = x; }, [](const caf::error&) {});
    return result;
  }

  /// What is known of a device that is served; nothing: it is not.
  std::optional<device_state> state_of(const std::string& serial_number) {
    const auto x = current();
    for (std::size_t i = 0; x && i < x->size(); ++i)
      if (serial_of(x->at(i)) == serial_number)
        return x->state(i);
    return {};
  }

  std::vector<std::string> slack() const {
    return via->sent_to("notification.slack.request");
  }

  virtual_system& world;
  std::shared_ptr<redis_memory> redis;
  std::shared_ptr<fake_nats_client> via;
  fake_bridges bridges;
  std::vector<std::string> lost; ///< actors that ended without being told to; before `instance`
  std::optional<service> instance;

private:
  std::size_t asked_ = 0;
};

/// How many refreshes this instance began.
inline std::size_t fetches(virtual_service& x) {
  return x.bridges.asked["hawkeye.probe.request"];
}

inline nlohmann::json meta_of(const virtual_service& x) {
  return nlohmann::json::parse(*x.redis->meta);
}

/// Lets the next refresh come and end.
inline void next_refresh(virtual_system& world) {
  world.pass(4h + 1min, 1min);
  world.pass(5min, 1s);
}

/// What one instance tells or asks another one reaches it, as NATS would see to it.
inline void connect(virtual_service& a, virtual_service& b) {
  const auto forward = [](virtual_service& from, virtual_service& to) {
    from.via->on_publish = [bridges = from.via->on_publish,
                            to = to.via](const published_message& message) {
      const auto& subject = message.subject;
      if (subject == "hawkeye.customer.cache.updated" || subject == "hawkeye.customer.cache.leader"
          || subject.starts_with("_INBOX."))
        to->deliver(subject, message.reply, message.data);
      bridges(message);
    };
  };
  forward(a, b);
  forward(b, a);
}

} // namespace hawkeye::test
