// Answers what operators ask, the same over NATS, HTTP and the command line: how is it, refresh
// now, why is this serial in or out, what changed. Gathers what other actors know; knows nothing by
// itself. A wish for a refresh goes to the instance that holds the lease. Threading: cooperative.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/ask_bridge.hpp"
#include "actors/bus.hpp"
#include "actors/environment.hpp"
#include "actors/failure_log.hpp"
#include "actors/interfaces.hpp"
#include "actors/meters.hpp"
#include "actors/request_inbox.hpp"

namespace hawkeye {

/// Whom the desk asks.
struct desk_sources {
  rpc_responder_actor responder;
  redis_store_actor store;
  payload_store_actor payloads;
  refresh_scheduler_actor scheduler;
  bruin_resolver_pool_actor pool;
  lease_keeper_actor lease;
  record_keeper_actor records;
  bridge_access peers; ///< to ask another instance
  std::shared_ptr<bus> via;
  std::shared_ptr<request_inbox> inbox;
  std::shared_ptr<meters> meter;
};

struct operator_desk_state {
  using pointer = operator_desk_actor::stateful_pointer<operator_desk_state>;
  static inline const char* name = "operator_desk";
  /// An actor of this process that does not answer within this is stuck.
  static constexpr caf::timespan patience = std::chrono::seconds{1};
  /// What to do with an answer, or a status, once it is there. Each is called once, in this actor.
  using then_answer = std::function<void(const desk_answer&)>;
  using then_status = std::function<void(service_status)>;

  /// A status on its way.
  struct gathering {
    service_status status;
    std::size_t open = 0; ///< parts that have not come yet
    then_status then;
  };
  using gathering_ptr = std::shared_ptr<gathering>;

  explicit operator_desk_state(pointer self) : self{self} {}

  // -- what is asked
  void gather(then_status then);
  void overview(then_answer then);
  void refresh(const std::string& serial_number, then_answer then);
  void explain(const std::string& serial_number, then_answer then);
  /// At most `most` bytes.
  void history(std::size_t most, then_answer then);

  template <class T, class Handle, class Atom, class Put>
  void ask_part(const gathering_ptr& into, const char* who, const Handle& whom, Atom what, Put put);
  static void arrived(const gathering_ptr& x);
  last_calls calls() const;
  void refresh_where(lease_state lease, const std::string& serial_number, then_answer then);
  void refresh_here(const std::string& serial_number, then_answer then);
  void explain_served(const std::string& serial_number, desk_answer otherwise, then_answer then);

  // -- over NATS
  void take(endpoint to, const std::string& reply, const std::string& data);
  void answer(endpoint to, const std::string& reply, const std::string& id, time_point arrived,
              const desk_answer& what);
  void take_from_peer(const std::string& reply, const std::string& data);
  void answer_peer(const std::string& reply, const std::string& data);
  void one_less_waits();
  caf::result<bool> drain();

  pointer self;
  desk_sources ask;
  service_status known; ///< what does not change: names, build, start
  std::string leader_subject;
  last_calls bridges; ///< their subjects
  std::function<moment()> wall_clock;
  std::shared_ptr<std::atomic<std::size_t>> waiting; ///< requests over NATS not answered yet
  failure_log unpublished{"a reply could not be published"};
  std::vector<caf::typed_response_promise<bool>> draining;
};

operator_desk_actor::behavior_type operator_desk(operator_desk_state::pointer self,
                                                 desk_sources ask, const settings& with,
                                                 std::string instance,
                                                 std::shared_ptr<std::atomic<std::size_t>> waiting,
                                                 const environment& world);

/// What the connection's thread does with a request to `to`: hands it to the desk, or refuses it
/// where too many wait.
bus_handler take_desk_requests(endpoint to, operator_desk_actor desk, std::shared_ptr<bus> via,
                               std::shared_ptr<meters> meter,
                               std::shared_ptr<std::atomic<std::size_t>> waiting);

/// Likewise with a question of another instance; over the limit it is dropped.
bus_handler take_peer_requests(operator_desk_actor desk, std::shared_ptr<meters> meter,
                               std::shared_ptr<std::atomic<std::size_t>> waiting);

} // namespace hawkeye
