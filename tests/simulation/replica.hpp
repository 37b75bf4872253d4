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
  replica(test::virtual_system& world, const settings& options,
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

  /// Whether NATS would hand it a client's request.
  bool listens() const;

  /// The device array that the instance answers with, empty where it has none, "[]" where it knows
  /// that there is no device, "-" where it does not listen yet, "?" where it gives no right answer.
  /// The observer's own question: it needs no network and no room in a payload.
  std::string observe();

  /// A request to refresh one device, or (empty) all.
  void request_refresh(const std::string& serial);

  /// SIGHUP.
  void reload(const settings& next);

  /// SIGTERM: it gives up what it holds and ends.
  void stop();

  std::size_t who;
  time_point started{};
  std::shared_ptr<test::fake_nats_client> via = std::make_shared<test::fake_nats_client>();
  bool dead = false;
  bool deaf = false, mute = false; ///< NATS is cut in one direction, and nobody has noticed
  enum class redis_link { up, requests_lost, answers_lost } link = redis_link::up;
  std::string holder;                        ///< its name in the lease; empty: not known yet
  std::optional<lease_verdict> lease_before; ///< what it knew about the lease before this instant
  std::optional<lease_verdict> lease_now;
  time_point lease_told{};
  time_point redis_failed{}; ///< when a call failed last

private:
  test::virtual_system& world_;
  std::string subject_;
  std::optional<service> service_;
  std::string observed_;
};

} // namespace hawkeye::simulation
