// Answers the requests of operators, in the same way over NATS, HTTP and the command line: the
// status, a refresh, why a serial number is in or out, and what changed. It gathers the state of
// other actors and has none of its own. A refresh request is passed to the instance that holds the
// lease. Threading: cooperative.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/bridge_client.hpp"
#include "actors/interfaces.hpp"
#include "actors/nats/client.hpp"
#include "actors/process/failure_log.hpp"
#include "actors/process/metrics.hpp"
#include "actors/process/platform.hpp"
#include "actors/request_inbox.hpp"
#include "messages/rpc/admin_request.hpp"

namespace hawkeye {

/// The actors and objects that the admin actor uses.
struct admin_dependencies {
  rpc_responder_actor responder;
  redis_store_actor store;
  payload_store_actor payloads;
  refresh_scheduler_actor scheduler;
  bruin_resolver_pool_actor pool;
  lease_keeper_actor lease;
  refresh_history_actor records;
  late_joiner_actor joiner;
  bridge_access peers; ///< for requests to other instances
  std::shared_ptr<nats_client> nats;
  std::shared_ptr<request_inbox> inbox;
  std::shared_ptr<metrics_registry> metrics;
};

struct admin_state {
  using pointer = admin_actor::stateful_pointer<admin_state>;
  static inline const char* name = "admin";
  /// An actor of this process that does not answer within this time is stuck.
  static constexpr caf::timespan timeout_limit = std::chrono::seconds{1};
  /// Receives an answer or a status when it is available. Each is called once, in this actor.
  using then_answer = std::function<void(const admin_reply&)>;
  using then_status = std::function<void(service_status)>;

  /// A status that is being gathered.
  struct gathering {
    service_status status;
    std::size_t open = 0; ///< parts that are missing
    then_status then;
  };
  using gathering_ptr = std::shared_ptr<gathering>;

  explicit admin_state(pointer self) : self{self} {}

  // -- the requests
  void gather(then_status then);
  void overview(then_answer then);
  void refresh(const std::string& serial_number, then_answer then);
  void explain(const std::string& serial_number, then_answer then);
  /// The answer has at most `most` bytes.
  void history(std::size_t most, then_answer then);

  template <class T, class Handle, class Atom, class Put>
  void ask_part(const gathering_ptr& gathered, const char* who, const Handle& actor, Atom request,
                Put put);
  static void arrived(const gathering_ptr& x);
  void refresh_where(lease_state lease, const std::string& serial_number, then_answer then);
  void refresh_here(const std::string& serial_number, then_answer then);
  void add_words(const std::string& serial_number, std::string record, then_answer then);
  void explain_served(const std::string& serial_number, admin_reply otherwise, then_answer then);

  // -- over NATS
  void take(endpoint to, const std::string& reply, const std::string& data);
  void answer(endpoint to, const std::string& reply, const std::string& id, time_point arrived,
              const admin_reply& content);
  void answer_if_serving(const std::string& reply);
  void take_from_peer(const std::string& reply, const std::string& data);
  template <class T, class Handle, class Then, class... Args>
  void ask_for_peer(const Handle& actor, Then then, Args... args);
  void answer_as_leader(const std::string& reply, const admin_request& request);
  void answer_peer(const std::string& reply, const admin_reply& content);
  void request_done();
  caf::result<bool> drain();

  pointer self;
  admin_dependencies ask;
  service_status known; ///< the constant part: names, build, start
  std::string rpc_subject, leader_subject;
  std::string hawkeye_subject, client_info_subject, management_status_subject;
  std::function<timestamp()> wall_clock;
  /// Requests over NATS that are not answered yet.
  std::shared_ptr<std::atomic<std::size_t>> waiting;
  failure_log unpublished{"a reply could not be published"};
  std::vector<caf::typed_response_promise<bool>> draining;
};

admin_actor::behavior_type admin(admin_state::pointer self, admin_dependencies ask,
                                 const settings& settings, std::string instance,
                                 std::shared_ptr<std::atomic<std::size_t>> waiting,
                                 const platform& world);

/// The handler on the connection's thread for requests to `to`: passes them to the admin actor, or
/// refuses them if too many wait.
nats_handler take_admin_requests(endpoint to, admin_actor admin, std::shared_ptr<nats_client> nats,
                                 std::shared_ptr<metrics_registry> metrics,
                                 std::shared_ptr<std::atomic<std::size_t>> waiting);

/// The same for requests of other instances; those over the limit are dropped.
nats_handler take_peer_requests(admin_actor admin, std::shared_ptr<metrics_registry> metrics,
                                std::shared_ptr<std::atomic<std::size_t>> waiting);

/// Returns a function that asks the admin actor, which asks all actors that requests and refreshes
/// need: a line for systemd, or which actors do not answer.
std::function<expected<std::string>()> watchdog_status(caf::actor_system& system,
                                                       admin_actor admin);

} // namespace hawkeye
