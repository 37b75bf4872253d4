// One instance of the service in one life: its actors, its connection to NATS, its way to Redis.
// What it publishes is handed to whoever plays the world.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/service.hpp"
#include "tests/simulation/chance.hpp"
#include "tests/simulation/watched_redis.hpp"
#include "tests/support/virtual_world.hpp"

namespace hawkeye::simulation {

class replica {
public:
  using publish_handler = std::function<void(replica&, const test::published_message&)>;

  /// `who`: a number that no life of any instance had before.
  replica(test::virtual_system& world, const settings& with,
          std::shared_ptr<test::redis_memory> memory, std::shared_ptr<const redis_watch> watch,
          std::size_t who, std::uint64_t seed, publish_handler on_publish);
  ~replica();
  replica(const replica&) = delete;
  replica& operator=(const replica&) = delete;

  /// The process dies at once, whatever it was doing: nothing that it still does reaches anyone.
  void die();

  /// A message arrives, unless NATS and the instance do not see each other.
  void deliver(const std::string& subject, const std::string& reply, std::string_view data,
               bool no_responders = false);

  /// The device array that the instance answers with, empty where it has none, "?" where it gives
  /// no right answer. The observer's own question: it needs no network and no room in a payload.
  std::string observe();

  void wish_refresh();

  std::size_t who;
  std::shared_ptr<test::fake_nats_client> via = std::make_shared<test::fake_nats_client>();
  bool dead = false;
  bool cut_from_redis = false;
  std::string holder;                        ///< its name in the lease; empty: not known yet
  std::optional<lease_verdict> lease_before; ///< what it knew about the lease before this instant
  std::optional<lease_verdict> lease_now;
  time_point lease_told{};
  time_point redis_failed{}; ///< when a call failed last

private:
  test::virtual_system& world_;
  std::optional<service> service_;
  std::string observed_;
};

} // namespace hawkeye::simulation
