// The protocol of the whole system on one page: which messages each actor takes, and what comes
// back. Every actor's .cpp implements one of these; nothing else flows between actors.
#pragma once

#include <cstdint>
#include <string>

#include "actors/message_types.hpp"

namespace hawkeye {

using nats_gateway_actor = caf::typed_actor<
    // A body for a bridge's subject, within a deadline -> the reply's bytes, as they came.
    caf::replies_to<ask_atom, std::string, std::string, caf::timespan>::with<payload_ptr>,
    // A message to a subject that nobody answers -> whether NATS took it while connected.
    caf::replies_to<publish_atom, std::string, std::string>::with<bool>,
    // From the connection's thread: the reply to question N.
    caf::reacts_to<reply_atom, std::uint64_t, payload_ptr>,
    // From the connection's thread: nobody is subscribed to what was asked with this slot.
    caf::reacts_to<nobody_atom, std::uint64_t>,
    // Time to look for questions past their deadline.
    caf::reacts_to<tick_atom>>;

using redis_worker_actor = caf::typed_actor<
    // -> the stored snapshot, and what it is together with this one (null: there is none).
    caf::replies_to<load_atom, snapshot_ptr>::with<loaded_snapshot_ptr>,
    // -> what stands there, without the values.
    caf::replies_to<peek_atom>::with<stored_sizes>,
    // -> what Redis deletes when its memory is full; empty: it does not say.
    caf::replies_to<evict_atom>::with<std::string>,
    // Writes the snapshot where Redis holds none, or the one whose meta begins so.
    caf::replies_to<publish_atom, snapshot_ptr, std::string>::with<publish_verdict>,
    // Takes or prolongs the lease for this holder; for a time of 0: only looks who has it.
    caf::replies_to<lease_atom, std::string, caf::timespan>::with<lease_answer>,
    // Writes the explanations, and adds a report to the history.
    caf::replies_to<history_atom, std::string, device_explanations_ptr>::with<bool>,
    // -> the reports in Redis, newest first.
    caf::replies_to<history_atom>::with<payload_list>,
    // -> the explanations in Redis, where it is newer than version N; else null.
    caf::replies_to<explained_atom, std::uint64_t>::with<device_explanations_ptr>,
    // Gives the holder's lease back -> whether it was his.
    caf::replies_to<release_atom, std::string>::with<bool>,
    // Offloads the reply with the first N devices under a token -> its bytes.
    caf::replies_to<offload_atom, std::string, snapshot_ptr, std::uint64_t>::with<std::uint64_t>,
    // -> what is offloaded under a token.
    caf::replies_to<recover_atom, std::string>::with<payload_ptr>,
    // -> whether anything is.
    caf::replies_to<exists_atom, std::string>::with<bool>,
    // -> the incidents that are not over, as they were written; empty: none were.
    caf::replies_to<incident_atom>::with<std::string>,
    // Writes them.
    caf::replies_to<incident_atom, std::string>::with<bool>,
    // Writes nothing under a token that nobody has -> true, or why Redis does not take payloads.
    caf::replies_to<ping_atom, std::string>::with<bool>>;

using redis_store_actor = caf::typed_actor<
    // -> the current snapshot, at once; null where none was ever built or restored.
    caf::replies_to<snapshot_atom>::with<snapshot_ptr>,
    // -> the same, and whether Redis was ever looked at.
    caf::replies_to<restored_atom>::with<known_snapshot>,
    // A finished refresh, and the snapshot that it was heard into: merged with the current one,
    // and written -> what is current then.
    caf::replies_to<publish_atom, snapshot_ptr, snapshot_ptr>::with<published_snapshot>,
    // Another instance published: look.
    caf::reacts_to<peek_atom>,
    // Time to look, to write what is not written yet, or to try Redis again.
    caf::reacts_to<tick_atom>,
    // -> why Redis is not in use; empty where all is well.
    caf::replies_to<ping_atom>::with<std::string>,
    // -> true once nothing is being written.
    caf::replies_to<drain_atom>::with<bool>>;

using payload_store_actor = caf::typed_actor<
    // The reply with the first N devices, offloaded in Redis -> its token, the same one for the
    // same reply.
    caf::replies_to<offload_atom, snapshot_ptr, std::uint64_t>::with<std::string>,
    // What another program offloaded under a token.
    caf::replies_to<recover_atom, std::string>::with<payload_ptr>,
    // -> why the Redis for payloads is not in use; empty where all is well.
    caf::replies_to<ping_atom>::with<std::string>,
    // Time to see whether Redis is there.
    caf::reacts_to<tick_atom>>;

using late_joiner_actor = caf::typed_actor<
    // -> whether this instance has joined the queue group.
    caf::replies_to<status_atom>::with<bool>,
    // Time to look whether it may.
    caf::reacts_to<tick_atom>>;

using rpc_responder_actor = caf::typed_actor<
    // The inbox has requests.
    caf::reacts_to<wake_atom>,
    // -> true once every request taken is answered.
    caf::replies_to<drain_atom>::with<bool>,
    // -> true: it is alive.
    caf::replies_to<ping_atom>::with<bool>>;

using hawkeye_fetcher_actor = caf::typed_actor<
    // One request to hawkeye-bridge -> its probes, sorted into usable ones and others.
    caf::replies_to<fetch_atom>::with<probe_list_ptr>>;

using bruin_resolver_pool_actor = caf::typed_actor<
    // Every probe into what Bruin says about it, within a deadline; the clock says when it was
    // asked.
    caf::replies_to<resolve_atom, probe_list_ptr, caf::timespan,
                    question_clock_ptr>::with<resolution_list_ptr>,
    // -> how far it is, and how Bruin does.
    caf::replies_to<status_atom>::with<resolver_progress>,
    // Other settings: the number of calls at once counts from now on, the rest from the next list.
    caf::reacts_to<reload_atom, settings_ptr>,
    // The deadline of resolution N is reached.
    caf::reacts_to<expire_atom, std::uint64_t>,
    // A pause is over.
    caf::reacts_to<tick_atom>>;

using snapshot_builder_actor = caf::typed_actor<
    // -> the next snapshot, and what to tell about it.
    caf::replies_to<build_atom, build_order_ptr>::with<build_result_ptr>,
    // Once that is published: -> the next explanations, and what the snapshot changed.
    caf::replies_to<explained_atom, build_order_ptr, build_result_ptr>::with<refresh_findings_ptr>,
    // A refresh is over: its memory can go back to the system.
    caf::reacts_to<tick_atom>>;

using notifier_actor = caf::typed_actor<
    // An incident (by name) begins or lasts.
    caf::reacts_to<incident_atom, std::string, std::string>,
    // An incident (by name) is over.
    caf::reacts_to<resolved_atom, std::string, std::string>,
    // The serial numbers with more than one client that a refresh found.
    caf::reacts_to<email_atom, ambiguous_list>,
    // Time to try again what NATS did not take.
    caf::reacts_to<tick_atom>>;

using refresh_scheduler_actor = caf::typed_actor<
    // A refresh request: of one serial number, or (empty) of everything.
    caf::replies_to<refresh_atom, std::string>::with<refresh_state>,
    // -> where the running one stands, and how the last one ended.
    caf::replies_to<status_atom>::with<refresh_progress>,
    // Another interval; it counts from now on.
    caf::reacts_to<reload_atom, settings_ptr>,
    // Timer N of the scheduler; only the newest counts.
    caf::reacts_to<tick_atom, std::uint64_t>,
    // -> true: it is alive.
    caf::replies_to<ping_atom>::with<bool>>;

using lease_keeper_actor = caf::typed_actor<
    // -> who may refresh, as far as is known.
    caf::replies_to<lease_atom>::with<lease_state>,
    // -> why Redis answers, but refuses to write; empty: it does not refuse.
    caf::replies_to<ping_atom>::with<std::string>,
    // Another instance, by its name, cannot write the lease, and believes or not that it is the one
    // to refresh -> whether this instance refreshes, and that one shall not.
    caf::replies_to<leader_atom, std::string, bool>::with<bool>,
    // Time to take or prolong the lease.
    caf::reacts_to<tick_atom>,
    // The refreshes of this instance fail: another one shall try.
    caf::reacts_to<aside_atom>,
    // Gives the lease back for good -> whether it was ours.
    caf::replies_to<release_atom>::with<bool>>;

using refresh_history_actor = caf::typed_actor<
    // -> the explanations of the last refresh, also of another instance's; null: there is none. An
    // error where only Redis could tell, and does not.
    caf::replies_to<explained_atom>::with<device_explanations_ptr>,
    // A refresh has published.
    caf::reacts_to<publish_atom, refresh_record_ptr>,
    // -> the reports of the last refreshes, newest first, each one JSON object.
    caf::replies_to<history_atom>::with<payload_list>,
    // Time to write what Redis did not take.
    caf::reacts_to<tick_atom>>;

using admin_actor = caf::typed_actor<
    // -> how this instance is, as far as it knows by itself.
    caf::replies_to<status_atom>::with<service_status_ptr>,
    // -> 200 and the status, of refreshes as the instance sees them that makes them.
    caf::replies_to<overview_atom>::with<admin_reply_ptr>,
    // A refresh request, of one serial number or (empty) of everything -> 202, or why not.
    caf::replies_to<refresh_atom, std::string>::with<admin_reply_ptr>,
    // A serial number -> 200 and its record, or 404.
    caf::replies_to<explain_atom, std::string>::with<admin_reply_ptr>,
    // -> 200 and the reports of the last refreshes.
    caf::replies_to<history_atom>::with<admin_reply_ptr>,
    // From the connection's thread: a request on our subject for this endpoint, its reply
    // subject, its bytes.
    caf::reacts_to<wake_atom, endpoint, std::string, std::string>,
    // Likewise: another instance asks the one that refreshes.
    caf::reacts_to<leader_atom, std::string, std::string>,
    // -> true once every request taken is answered.
    caf::replies_to<drain_atom>::with<bool>,
    // Other settings.
    caf::reacts_to<reload_atom, settings_ptr>>;

} // namespace hawkeye
