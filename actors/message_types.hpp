// The message types of the protocol in interfaces.hpp. Shared data is immutable, so that actors can
// exchange pointers to it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/redis/backend.hpp"
#include "messages/admin/service_status.hpp"
#include "messages/base/question_clock.hpp"
#include "messages/bridges/notice.hpp"
#include "messages/bridges/probe.hpp"
#include "messages/bridges/resolution.hpp"
#include "messages/config/settings.hpp"
#include "messages/history/explanations.hpp"
#include "messages/history/refresh_report.hpp"
#include "messages/history/snapshot_changes.hpp"
#include "messages/rpc/service_discovery.hpp"
#include "messages/snapshot/build_snapshot.hpp"
#include "messages/snapshot/snapshot.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye {

/// Why a request between actors failed. The error's context is a sentence for people.
enum class fault : std::uint8_t {
  none = 0, // CAF reads code 0 as "no error"
  timed_out,
  no_responders,
  unavailable,   ///< a server is not reachable or did not answer
  bad_reply,     ///< the server answered, but not as the protocol requires
  unreadable,    ///< Redis holds data in an unknown format
  refused,       ///< the request exceeds a limit
  refuses_writes ///< Redis answers, but refuses writes
};

std::string to_string(fault x);

/// The result of a refresh request: a refresh was started, or one is running already.
enum class refresh_state : std::uint8_t { started = 1, running };

/// Where a published snapshot is stored: in Redis, or only in memory until Redis accepts it.
enum class publish_outcome : std::uint8_t { published = 1, kept_in_memory };

/// The current snapshot, and what the store knows about it.
struct known_snapshot {
  snapshot_ptr value;
  bool looked_at_redis = false; ///< false: Redis may hold devices that are unknown here
  time_point others_heard{}; ///< when answers that another instance received last came into `value`
};

/// Who holds the lease, and why Redis refuses to write it (empty: it does not refuse).
struct lease_answer {
  lease_verdict holder;
  std::string refusal;
};

/// The result of a publish, and the snapshot that is current then.
struct published_snapshot {
  publish_outcome outcome;
  snapshot_ptr value;
};

/// The snapshot that Redis held, and its merge with the snapshot in memory.
struct loaded_snapshot {
  restored_snapshot stored;
  snapshot_ptr merged;   ///< shares its content with `stored.value` if memory adds nothing
  std::string meta_head; ///< the head of the stored meta, which the next write must find unchanged
};

/// The input of the snapshot builder.
struct build_order {
  probe_list_ptr probes;
  asked_at list_asked = 0; ///< when the list was requested from Hawkeye
  resolution_list_ptr resolutions;
  known_snapshot previous;
  device_explanations_ptr explanations; ///< of the previous refresh; may be null
  /// The refresh is limited to these devices, and `probes` has no others; empty: all devices.
  std::optional<std::vector<std::string>> about;
  duration elapsed{};           ///< since the last refresh of all devices by any instance
  asked_at comparable_from = 0; ///< question_clock::comparable_from()
  removal_rules rules;
};

/// What a published refresh found out besides its snapshot.
struct refresh_findings {
  device_explanations_ptr explanations;
  snapshot_changes changes;
};

/// What is stored about a published refresh.
struct refresh_record {
  refresh_report report;
  device_explanations_ptr explanations;
};

/// The admin actor's reply: an HTTP status and one JSON value; from status 400 on, a sentence.
struct admin_reply {
  int status = 200;
  std::string text;
};

using build_order_ptr = std::shared_ptr<const build_order>;
using refresh_findings_ptr = std::shared_ptr<const refresh_findings>;
using refresh_record_ptr = std::shared_ptr<const refresh_record>;
using admin_reply_ptr = std::shared_ptr<const admin_reply>;
using settings_ptr = std::shared_ptr<const settings>;
using payload_list = std::vector<std::string>;
using build_result_ptr = std::shared_ptr<const build_result>;
using question_clock_ptr = std::shared_ptr<const question_clock>;
using loaded_snapshot_ptr = std::shared_ptr<const loaded_snapshot>;
using ambiguous_list = std::vector<ambiguous_serial>;

} // namespace hawkeye

CAF_ERROR_CODE_ENUM(hawkeye::fault, "hawkeye")

/// A type that never leaves the process, so CAF needs no serialization for it.
#define ADD_LOCAL_TYPE(type)                                                                       \
  CAF_ADD_TYPE_ID(hawkeye, (hawkeye::type))                                                        \
  CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hawkeye::type)

CAF_BEGIN_TYPE_ID_BLOCK(hawkeye, first_custom_type_id)

CAF_ADD_ATOM(hawkeye, hawkeye, aside_atom, "aside")
CAF_ADD_ATOM(hawkeye, hawkeye, ask_atom, "ask")
CAF_ADD_ATOM(hawkeye, hawkeye, build_atom, "build")
CAF_ADD_ATOM(hawkeye, hawkeye, drain_atom, "drain")
CAF_ADD_ATOM(hawkeye, hawkeye, email_atom, "email")
CAF_ADD_ATOM(hawkeye, hawkeye, evict_atom, "evict")
CAF_ADD_ATOM(hawkeye, hawkeye, exists_atom, "exists")
CAF_ADD_ATOM(hawkeye, hawkeye, expire_atom, "expire")
CAF_ADD_ATOM(hawkeye, hawkeye, explain_atom, "explain")
CAF_ADD_ATOM(hawkeye, hawkeye, fetch_atom, "fetch")
CAF_ADD_ATOM(hawkeye, hawkeye, history_atom, "history")
CAF_ADD_ATOM(hawkeye, hawkeye, incident_atom, "incident")
CAF_ADD_ATOM(hawkeye, hawkeye, explained_atom, "explained")
CAF_ADD_ATOM(hawkeye, hawkeye, leader_atom, "leader")
CAF_ADD_ATOM(hawkeye, hawkeye, lease_atom, "lease")
CAF_ADD_ATOM(hawkeye, hawkeye, load_atom, "load")
CAF_ADD_ATOM(hawkeye, hawkeye, nobody_atom, "nobody")
CAF_ADD_ATOM(hawkeye, hawkeye, overview_atom, "overview")
CAF_ADD_ATOM(hawkeye, hawkeye, offload_atom, "offload")
CAF_ADD_ATOM(hawkeye, hawkeye, peek_atom, "peek")
CAF_ADD_ATOM(hawkeye, hawkeye, ping_atom, "ping")
CAF_ADD_ATOM(hawkeye, hawkeye, publish_atom, "publish")
CAF_ADD_ATOM(hawkeye, hawkeye, recover_atom, "recover")
CAF_ADD_ATOM(hawkeye, hawkeye, refresh_atom, "refresh")
CAF_ADD_ATOM(hawkeye, hawkeye, release_atom, "release")
CAF_ADD_ATOM(hawkeye, hawkeye, reload_atom, "reload")
CAF_ADD_ATOM(hawkeye, hawkeye, reply_atom, "reply")
CAF_ADD_ATOM(hawkeye, hawkeye, resolve_atom, "resolve")
CAF_ADD_ATOM(hawkeye, hawkeye, resolved_atom, "resolved")
CAF_ADD_ATOM(hawkeye, hawkeye, restored_atom, "restored")
CAF_ADD_ATOM(hawkeye, hawkeye, snapshot_atom, "snapshot")
CAF_ADD_ATOM(hawkeye, hawkeye, status_atom, "status")
CAF_ADD_ATOM(hawkeye, hawkeye, tick_atom, "tick")
CAF_ADD_ATOM(hawkeye, hawkeye, wake_atom, "wake")

CAF_ADD_TYPE_ID(hawkeye, (hawkeye::endpoint))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::lease_state))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::publish_verdict))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::refresh_state))

ADD_LOCAL_TYPE(admin_reply_ptr)
ADD_LOCAL_TYPE(ambiguous_list)
ADD_LOCAL_TYPE(build_order_ptr)
ADD_LOCAL_TYPE(build_result_ptr)
ADD_LOCAL_TYPE(device_explanations_ptr)
ADD_LOCAL_TYPE(known_snapshot)
ADD_LOCAL_TYPE(lease_answer)
ADD_LOCAL_TYPE(loaded_snapshot_ptr)
ADD_LOCAL_TYPE(payload_list)
ADD_LOCAL_TYPE(payload_ptr)
ADD_LOCAL_TYPE(probe_list_ptr)
ADD_LOCAL_TYPE(published_snapshot)
ADD_LOCAL_TYPE(question_clock_ptr)
ADD_LOCAL_TYPE(refresh_findings_ptr)
ADD_LOCAL_TYPE(refresh_progress)
ADD_LOCAL_TYPE(refresh_record_ptr)
ADD_LOCAL_TYPE(resolution_list_ptr)
ADD_LOCAL_TYPE(resolver_progress)
ADD_LOCAL_TYPE(service_status_ptr)
ADD_LOCAL_TYPE(settings_ptr)
ADD_LOCAL_TYPE(snapshot_ptr)
ADD_LOCAL_TYPE(stored_sizes)

CAF_END_TYPE_ID_BLOCK(hawkeye)

#undef ADD_LOCAL_TYPE

namespace hawkeye {

/// An error whose context is the given sentence.
caf::error make_fault(fault x, std::string sentence);

/// The sentence of an error; for errors of CAF itself, CAF's text.
std::string reason_of(const caf::error& x);

/// The fault that an error stands for. CAF's own errors are `unavailable`, except for its timeouts.
fault fault_of(const caf::error& x);

} // namespace hawkeye
