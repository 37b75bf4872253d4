// The protocol of the whole system on one page: the messages that each actor accepts, and the
// replies. Every actor's .cpp implements one of these interfaces. Actors exchange no other
// messages.
#pragma once

#include <cstdint>
#include <string>

#include "actors/message_types.hpp"

namespace hawkeye {

using nats_gateway_actor = caf::typed_actor<
    // Sends a body to a bridge's subject, with a timeout -> the bytes of the reply, unchanged.
    caf::replies_to<ask_atom, std::string, std::string, caf::timespan>::with<payload_ptr>,
    // Publishes a message that needs no reply -> true if NATS accepted it while connected.
    caf::replies_to<publish_atom, std::string, std::string>::with<bool>,
    // From the connection's thread: the reply to request N, which uses this slot.
    caf::reacts_to<reply_atom, std::uint64_t, std::uint64_t, payload_ptr>,
    // From the connection's thread: the request that uses this slot has no responders.
    caf::reacts_to<nobody_atom, std::uint64_t>,
    // Timer: fail the requests whose deadline has passed.
    caf::reacts_to<tick_atom>>;

using redis_worker_actor = caf::typed_actor<
    // Loads the stored snapshot -> that snapshot, and its merge with the given one (may be null).
    caf::replies_to<load_atom, snapshot_ptr>::with<loaded_snapshot_ptr>,
    // -> the sizes of the stored values and the head of the meta, without the values.
    caf::replies_to<peek_atom>::with<stored_sizes>,
    // -> the eviction policy of Redis; empty: Redis does not report it.
    caf::replies_to<evict_atom>::with<std::string>,
    // Writes the snapshot if Redis holds none, or if the stored meta begins with the given head.
    caf::replies_to<publish_atom, snapshot_ptr, std::string>::with<publish_verdict>,
    // Takes or renews the lease for this holder. A time of 0 only reads who holds it.
    caf::replies_to<lease_atom, std::string, caf::timespan>::with<lease_answer>,
    // Writes the explanations and adds a report to the history.
    caf::replies_to<history_atom, std::string, device_explanations_ptr>::with<bool>,
    // -> the reports in Redis, newest first.
    caf::replies_to<history_atom>::with<payload_list>,
    // -> the explanations in Redis if they are newer than version N; otherwise null.
    caf::replies_to<explained_atom, std::uint64_t>::with<device_explanations_ptr>,
    // Releases the holder's lease -> true if he held it.
    caf::replies_to<release_atom, std::string>::with<bool>,
    // Stores the reply with the first N devices under a token -> its size in bytes.
    caf::replies_to<offload_atom, std::string, snapshot_ptr, std::uint64_t>::with<std::uint64_t>,
    // -> the payload stored under a token.
    caf::replies_to<recover_atom, std::string>::with<payload_ptr>,
    // -> whether a payload is stored under a token.
    caf::replies_to<exists_atom, std::string>::with<bool>,
    // -> the open incidents, as they were written; empty: there are none.
    caf::replies_to<incident_atom>::with<std::string>,
    // Writes the open incidents.
    caf::replies_to<incident_atom, std::string>::with<bool>,
    // Tests whether payloads can be written, with an unused token and without writing anything ->
    // true, or why Redis refuses payloads.
    caf::replies_to<ping_atom, std::string>::with<bool>>;

using redis_store_actor = caf::typed_actor<
    // -> the current snapshot, without waiting for Redis; null if none was ever built or restored.
    caf::replies_to<snapshot_atom>::with<snapshot_ptr>,
    // -> the current snapshot, and whether Redis has ever been read.
    caf::replies_to<restored_atom>::with<known_snapshot>,
    // Takes the result of a refresh and the snapshot on which that refresh was based. Merges the
    // result with the current snapshot and writes it -> the snapshot that is current then.
    caf::replies_to<publish_atom, snapshot_ptr, snapshot_ptr>::with<published_snapshot>,
    // Another instance has published: read Redis now.
    caf::reacts_to<peek_atom>,
    // Redis accepts writes again: write now.
    caf::reacts_to<wake_atom>,
    // Timer: read Redis, write what is not written yet, or try Redis again.
    caf::reacts_to<tick_atom>,
    // -> why Redis is not in use; empty: it is in use.
    caf::replies_to<ping_atom>::with<std::string>,
    // -> true once no write is in progress.
    caf::replies_to<drain_atom>::with<bool>>;

using payload_store_actor = caf::typed_actor<
    // Stores the reply with the first N devices in Redis -> its token. The same reply gets the same
    // token.
    caf::replies_to<offload_atom, snapshot_ptr, std::uint64_t>::with<std::string>,
    // -> the payload that another program stored under a token.
    caf::replies_to<recover_atom, std::string>::with<payload_ptr>,
    // -> why the Redis for payloads is not in use; empty: it is in use.
    caf::replies_to<ping_atom>::with<std::string>,
    // Timer: check whether Redis is available.
    caf::reacts_to<tick_atom>>;

using late_joiner_actor = caf::typed_actor<
    // -> whether this instance has joined the queue group.
    caf::replies_to<status_atom>::with<bool>,
    // Timer: check whether this instance may join.
    caf::reacts_to<tick_atom>>;

using rpc_responder_actor = caf::typed_actor<
    // The inbox contains requests.
    caf::reacts_to<wake_atom>,
    // -> true once every accepted request has been answered.
    caf::replies_to<drain_atom>::with<bool>,
    // -> true: the actor is alive.
    caf::replies_to<ping_atom>::with<bool>>;

using hawkeye_fetcher_actor = caf::typed_actor<
    // Sends one request to hawkeye-bridge -> its probes, usable and discarded ones separated.
    caf::replies_to<fetch_atom>::with<probe_list_ptr>>;

using bruin_resolver_pool_actor = caf::typed_actor<
    // Asks Bruin about every probe until the deadline. The clock stamps each answer with the time
    // at which the question was asked.
    caf::replies_to<resolve_atom, probe_list_ptr, caf::timespan,
                    question_clock_ptr>::with<resolution_list_ptr>,
    // -> the progress, and the state of the calls to Bruin.
    caf::replies_to<status_atom>::with<resolver_progress>,
    // New settings. The limit of concurrent calls applies at once, the rest from the next list on.
    caf::reacts_to<reload_atom, settings_ptr>,
    // Timer: the deadline of resolution N.
    caf::reacts_to<expire_atom, std::uint64_t>,
    // Timer: the pause of a circuit breaker has ended.
    caf::reacts_to<tick_atom>>;

using snapshot_builder_actor = caf::typed_actor<
    // -> the next snapshot, and what has to be reported about it.
    caf::replies_to<build_atom, build_order_ptr>::with<build_result_ptr>,
    // After that snapshot is published -> the next explanations, and the changes that the snapshot
    // made.
    caf::replies_to<explained_atom, build_order_ptr, build_result_ptr>::with<refresh_findings_ptr>,
    // A refresh has ended: return its freed memory to the system.
    caf::reacts_to<tick_atom>>;

using notifier_actor = caf::typed_actor<
    // The incident with this name begins or continues; with its text.
    caf::reacts_to<incident_atom, std::string, std::string, std::uint64_t>,
    caf::reacts_to<aside_atom>,
    // The incident with this name is over; with its text.
    caf::reacts_to<resolved_atom, std::string, std::string>,
    // The serial numbers for which a refresh found more than one client.
    caf::reacts_to<email_atom, ambiguous_list>,
    // Timer: send again what NATS did not accept.
    caf::reacts_to<tick_atom>>;

using refresh_scheduler_actor = caf::typed_actor<
    // A refresh request for one serial number; empty: for all devices.
    caf::replies_to<refresh_atom, std::string>::with<refresh_state>,
    // -> the progress of the running refresh, and the results of the last ones.
    caf::replies_to<status_atom>::with<refresh_progress>,
    // New settings; they apply from now on.
    caf::reacts_to<reload_atom, settings_ptr>,
    // Timer N of the scheduler. Only the newest one is handled.
    caf::reacts_to<tick_atom, std::uint64_t>,
    // -> true: the actor is alive.
    caf::replies_to<ping_atom>::with<bool>>;

using lease_keeper_actor = caf::typed_actor<
    // -> which instance may refresh, as far as it is known.
    caf::replies_to<lease_atom>::with<lease_state>,
    // -> why Redis answers but refuses writes; empty: it does not refuse.
    caf::replies_to<ping_atom>::with<std::string>,
    // Another instance, with this name, cannot write the lease. The flag says whether it believes
    // that it is the one to refresh -> true if this instance refreshes and the other one must not.
    caf::replies_to<leader_atom, std::string, bool>::with<bool>,
    // Timer: take or renew the lease.
    caf::reacts_to<tick_atom>,
    // The refreshes of this instance fail: let another instance try.
    caf::reacts_to<aside_atom>,
    // Releases the lease and does not take it again -> true if this instance held it.
    caf::replies_to<release_atom>::with<bool>>;

using refresh_history_actor = caf::typed_actor<
    // -> the explanations of the last refresh of any instance; null: there are none. An error if
    // they can only be read from Redis and Redis does not answer.
    caf::replies_to<explained_atom>::with<device_explanations_ptr>,
    // A refresh has published its snapshot.
    caf::reacts_to<publish_atom, refresh_record_ptr>,
    // -> the reports of the last refreshes, newest first; each is one JSON object.
    caf::replies_to<history_atom>::with<payload_list>,
    // Timer: write again what Redis did not accept.
    caf::reacts_to<tick_atom>>;

using admin_actor = caf::typed_actor<
    // -> the status of this instance; other instances are not asked.
    caf::replies_to<status_atom>::with<service_status_ptr>,
    // -> 200 and the status. Its part about refreshes comes from the instance that makes them.
    caf::replies_to<overview_atom>::with<admin_reply_ptr>,
    // A refresh request for one serial number, or (empty) for all devices -> 202, or why not.
    caf::replies_to<refresh_atom, std::string>::with<admin_reply_ptr>,
    // -> 200 and the record of a serial number, or 404.
    caf::replies_to<explain_atom, std::string>::with<admin_reply_ptr>,
    // -> 200 and the reports of the last refreshes.
    caf::replies_to<history_atom>::with<admin_reply_ptr>,
    // From the connection's thread: a request to this endpoint, with its reply subject and its
    // bytes.
    caf::reacts_to<wake_atom, endpoint, std::string, std::string>,
    // From the connection's thread: a request of another instance to the one that refreshes.
    caf::reacts_to<leader_atom, std::string, std::string>,
    // -> true once every accepted request has been answered.
    caf::replies_to<drain_atom>::with<bool>,
    // New settings.
    caf::reacts_to<reload_atom, settings_ptr>>;

} // namespace hawkeye
