// The protocol of the whole system on one page: who can be told what, and what comes back. Every
// actor's .cpp implements one of these; nothing else flows between actors. Shared data is
// immutable, so that pointers travel untouched.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/redis_backend.hpp"
#include "messages/notice.hpp"
#include "messages/probe.hpp"
#include "messages/refresh_result.hpp"
#include "messages/resolution.hpp"
#include "messages/snapshot.hpp"
#include "messages/stored_snapshot.hpp"

namespace hawkeye {

/// Why a request between actors got no value. The error's context is the sentence for people.
enum class fault : std::uint8_t {
  none = 0, // CAF reads code 0 as "no error"
  timed_out,
  no_responders,
  unavailable, ///< a server is away or did not answer
  bad_reply,   ///< it answered, but not what was promised
  unreadable,  ///< Redis holds something that is not ours to read
  refused      ///< too much is asked for
};

std::string to_string(fault x);

/// Who may refresh: the holder of the lease, and everyone while Redis cannot say.
enum class lease_state : std::uint8_t { undecided = 1, ours, another, redis_away };

/// What became of a wish for a refresh.
enum class refresh_state : std::uint8_t { started = 1, running };

/// What a publish led to: our own snapshot is the current one, or Redis holds one that goes before
/// it.
enum class publish_outcome : std::uint8_t { published = 1, kept_in_memory, lease_lost, superseded };

using build_result_ptr = std::shared_ptr<const build_result>;
using restored_snapshot_ptr = std::shared_ptr<const restored_snapshot>;
using ambiguous_list = std::vector<ambiguous_serial>;

} // namespace hawkeye

CAF_ERROR_CODE_ENUM(hawkeye::fault, "hawkeye")

CAF_BEGIN_TYPE_ID_BLOCK(hawkeye, first_custom_type_id)

CAF_ADD_ATOM(hawkeye, hawkeye, ask_atom, "ask")
CAF_ADD_ATOM(hawkeye, hawkeye, build_atom, "build")
CAF_ADD_ATOM(hawkeye, hawkeye, drain_atom, "drain")
CAF_ADD_ATOM(hawkeye, hawkeye, email_atom, "email")
CAF_ADD_ATOM(hawkeye, hawkeye, expire_atom, "expire")
CAF_ADD_ATOM(hawkeye, hawkeye, fetch_atom, "fetch")
CAF_ADD_ATOM(hawkeye, hawkeye, incident_atom, "incident")
CAF_ADD_ATOM(hawkeye, hawkeye, lease_atom, "lease")
CAF_ADD_ATOM(hawkeye, hawkeye, load_atom, "load")
CAF_ADD_ATOM(hawkeye, hawkeye, park_atom, "park")
CAF_ADD_ATOM(hawkeye, hawkeye, peek_atom, "peek")
CAF_ADD_ATOM(hawkeye, hawkeye, ping_atom, "ping")
CAF_ADD_ATOM(hawkeye, hawkeye, publish_atom, "publish")
CAF_ADD_ATOM(hawkeye, hawkeye, recover_atom, "recover")
CAF_ADD_ATOM(hawkeye, hawkeye, refresh_atom, "refresh")
CAF_ADD_ATOM(hawkeye, hawkeye, release_atom, "release")
CAF_ADD_ATOM(hawkeye, hawkeye, reply_atom, "reply")
CAF_ADD_ATOM(hawkeye, hawkeye, resolve_atom, "resolve")
CAF_ADD_ATOM(hawkeye, hawkeye, resolved_atom, "resolved")
CAF_ADD_ATOM(hawkeye, hawkeye, snapshot_atom, "snapshot")
CAF_ADD_ATOM(hawkeye, hawkeye, tick_atom, "tick")
CAF_ADD_ATOM(hawkeye, hawkeye, wake_atom, "wake")

CAF_ADD_TYPE_ID(hawkeye, (hawkeye::ambiguous_list))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::build_result_ptr))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::lease_state))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::lease_verdict))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::payload_ptr))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::probe_list_ptr))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::publish_outcome))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::publish_verdict))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::refresh_state))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::resolution_list_ptr))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::restored_snapshot_ptr))
CAF_ADD_TYPE_ID(hawkeye, (hawkeye::snapshot_ptr))

CAF_END_TYPE_ID_BLOCK(hawkeye)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hawkeye::ambiguous_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hawkeye::build_result_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hawkeye::payload_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hawkeye::probe_list_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hawkeye::resolution_list_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hawkeye::restored_snapshot_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hawkeye::snapshot_ptr)

namespace hawkeye {

using nats_gateway_actor = caf::typed_actor<
    // A body for a bridge's subject, within a deadline -> the reply's bytes, as they came.
    caf::replies_to<ask_atom, std::string, std::string, caf::timespan>::with<payload_ptr>,
    // A message to a subject that nobody answers.
    caf::reacts_to<publish_atom, std::string, std::string>,
    // From the connection's thread: the reply to question N; null: nobody is subscribed.
    caf::reacts_to<reply_atom, std::uint64_t, payload_ptr>,
    // Time to look for questions past their deadline.
    caf::reacts_to<tick_atom>>;

using redis_worker_actor = caf::typed_actor<
    // -> the stored snapshot, already read; its value is null where Redis has none.
    caf::replies_to<load_atom>::with<restored_snapshot_ptr>,
    // -> the beginning of KEY:meta; empty where there is none.
    caf::replies_to<peek_atom>::with<std::string>,
    // Writes the snapshot for this lease holder (empty: whoever holds it) -> what the script said.
    caf::replies_to<publish_atom, snapshot_ptr, std::string>::with<publish_verdict>,
    // Takes or prolongs the lease for this holder.
    caf::replies_to<lease_atom, std::string, caf::timespan>::with<lease_verdict>,
    // Gives the holder's lease back -> whether it was his.
    caf::replies_to<release_atom, std::string>::with<bool>,
    // Parks the reply with the first N devices under a token -> its bytes.
    caf::replies_to<park_atom, std::string, snapshot_ptr, std::uint64_t>::with<std::uint64_t>,
    // -> what is parked under a token.
    caf::replies_to<recover_atom, std::string>::with<payload_ptr>,
    // -> true, or why Redis does not answer.
    caf::replies_to<ping_atom>::with<bool>>;

using redis_store_actor = caf::typed_actor<
    // -> the current snapshot, at once; null where none was ever built or restored.
    caf::replies_to<snapshot_atom>::with<snapshot_ptr>,
    // A finished refresh: becomes the current snapshot unless Redis knows better.
    caf::replies_to<publish_atom, snapshot_ptr>::with<publish_outcome>,
    // Another instance published: look.
    caf::reacts_to<peek_atom>,
    // Time to look, to write what is not written yet, or to try Redis again.
    caf::reacts_to<tick_atom>,
    // -> why Redis is not in use; empty where all is well.
    caf::replies_to<ping_atom>::with<std::string>,
    // -> true once nothing is being written.
    caf::replies_to<drain_atom>::with<bool>>;

using payload_store_actor = caf::typed_actor<
    // The reply with the first N devices, parked in Redis -> its token, the same one for the same
    // reply.
    caf::replies_to<park_atom, snapshot_ptr, std::uint64_t>::with<std::string>,
    // What another program parked under a token.
    caf::replies_to<recover_atom, std::string>::with<payload_ptr>,
    // Time to see whether Redis is there.
    caf::reacts_to<tick_atom>>;

using rpc_responder_actor = caf::typed_actor<
    // The inbox has requests.
    caf::reacts_to<wake_atom>,
    // -> true once every request taken is answered.
    caf::replies_to<drain_atom>::with<bool>>;

using hawkeye_fetcher_actor = caf::typed_actor<
    // One request to hawkeye-bridge -> its probes, sorted into usable ones and others.
    caf::replies_to<fetch_atom>::with<probe_list_ptr>>;

using bruin_resolver_pool_actor = caf::typed_actor<
    // Every probe into what Bruin says about it, within a deadline.
    caf::replies_to<resolve_atom, probe_list_ptr, caf::timespan>::with<resolution_list_ptr>,
    // The deadline of resolution N is reached.
    caf::reacts_to<expire_atom, std::uint64_t>,
    // A pause of resolution N is over.
    caf::reacts_to<tick_atom, std::uint64_t>>;

using snapshot_builder_actor = caf::typed_actor<
    // Probes, what Bruin said, the current snapshot (may be null) -> the next snapshot and what to
    // tell about it.
    caf::replies_to<build_atom, probe_list_ptr, resolution_list_ptr,
                    snapshot_ptr>::with<build_result_ptr>,
    // A refresh is over: its memory can go back to the system.
    caf::reacts_to<tick_atom>>;

using notifier_actor = caf::typed_actor<
    // An incident (by name) begins or lasts.
    caf::reacts_to<incident_atom, std::string, std::string>,
    // An incident (by name) is over.
    caf::reacts_to<resolved_atom, std::string, std::string>,
    // The serial numbers with more than one client that a refresh found.
    caf::reacts_to<email_atom, ambiguous_list>>;

using refresh_scheduler_actor = caf::typed_actor<
    // A wish for a refresh.
    caf::replies_to<refresh_atom>::with<refresh_state>,
    // Timer N of the scheduler; only the newest counts.
    caf::reacts_to<tick_atom, std::uint64_t>,
    // -> true: it is alive.
    caf::replies_to<ping_atom>::with<bool>>;

using lease_keeper_actor = caf::typed_actor<
    // -> who may refresh, as far as is known.
    caf::replies_to<lease_atom>::with<lease_state>,
    // Time to take or prolong the lease.
    caf::reacts_to<tick_atom>,
    // Gives the lease back -> whether it was ours.
    caf::replies_to<release_atom>::with<bool>>;

/// An error that carries its sentence.
caf::error make_fault(fault x, std::string sentence);

/// The sentence of an error, also of CAF's own.
std::string reason_of(const caf::error& x);

/// Which of our faults it is; CAF's own errors are `unavailable`.
fault fault_of(const caf::error& x);

} // namespace hawkeye
