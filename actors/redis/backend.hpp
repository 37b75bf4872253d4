// The interface to Redis: one call for each thing that this service needs. Implemented by
// redis_connection (hiredis); tests use a fake and a failing fake. Threading: blocking, not
// thread-safe; owned by one detached redis_worker. Each call ends within the configured timeout,
// connecting included, and reconnects by itself if needed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/result.hpp"
#include "messages/bridges/bridge_message.hpp"

namespace hawkeye {

/// KEY and KEY:meta, read together. A value that is too large or of another type is replaced by a
/// sentence that says so.
struct stored_values {
  payload_ptr array; ///< null: the key does not exist
  std::optional<std::string> meta;
};

/// The sizes of KEY and KEY:meta, without their values.
struct stored_sizes {
  std::string meta_head; ///< the first 128 bytes of the meta, which contain its version; empty:
                         ///< there is no meta
  std::int64_t array_bytes = 0; ///< 0: there is none; -1: the key has another type
  friend bool operator==(const stored_sizes&, const stored_sizes&) = default;
};

/// The result of an attempt to publish.
enum class publish_verdict {
  published,
  superseded ///< Redis holds another version than expected: nothing was written
};

/// The holder of the lease after an attempt to take, renew or read it.
enum class lease_verdict {
  ours,
  free,   ///< no instance; it was only read
  another ///< another instance (or an unknown value); respected until it expires
};

class redis_backend {
public:
  virtual ~redis_backend() = default;

  virtual expected<stored_values> load() = 0;

  /// Reads both keys in one script.
  virtual expected<stored_sizes> peek() = 0;

  /// The eviction policy (`maxmemory_policy` in INFO memory); empty: Redis does not report it.
  virtual expected<std::string> eviction_policy() = 0;

  /// One script: writes KEY and KEY:meta if the first 128 bytes of the stored meta are
  /// `expected_head`, or if the stored meta has no version.
  virtual expected<publish_verdict> publish(std::string_view array, std::string_view meta,
                                            std::string_view expected_head) = 0;

  /// One script: takes KEY:lease if it is free and renews it if `holder` holds it. A `ttl` of 0
  /// only reads it. Afterwards `refusal()` says whether Redis accepts writes. `free` with a `ttl`
  /// above 0 means that it does not.
  virtual expected<lease_verdict> hold_lease(std::string_view holder,
                                             std::chrono::milliseconds ttl) = 0;
  /// Deletes the lease if `holder` holds it; true if it did.
  virtual expected<bool> release_lease(std::string_view holder) = 0;

  /// Stores `bytes` under `token` for `ttl`.
  virtual std::optional<failure> offload(const std::string& token, std::string_view bytes,
                                         std::chrono::seconds ttl) = 0;
  /// The payload under `token`; null: Redis has no such token. A payload of more than `most` bytes
  /// is replaced by a sentence that says so, which no reader accepts as a reply.
  virtual expected<payload_ptr> recover(const std::string& token, std::size_t most) = 0;

  /// Whether Redis still has the payload under `token`.
  virtual expected<bool> has_payload(const std::string& token) = 0;

  /// KEY:incidents: the open incidents; empty: the key does not exist.
  virtual expected<std::optional<std::string>> load_incidents() = 0;
  virtual std::optional<failure> keep_incidents(std::string_view incidents) = 0;

  /// One script: stores `explanations` in KEY:devices, unless those of a later version are stored
  /// there, and `report` as the first entry of KEY:history, which keeps `most_reports` entries.
  virtual std::optional<failure> keep_records(std::string_view report,
                                              std::string_view explanations,
                                              std::size_t most_reports) = 0;
  /// The first entries of KEY:history, newest first.
  virtual expected<std::vector<std::string>> load_reports(std::size_t most) = 0;
  /// The first 128 bytes of KEY:devices; empty: the key does not exist.
  virtual expected<std::optional<std::string>> peek_explanations() = 0;
  /// KEY:devices; null: the key does not exist. More than `most` bytes: a sentence, as for
  /// `recover`.
  virtual expected<payload_ptr> load_explanations(std::size_t most) = 0;

  /// Tests whether payloads can be written, with an unused token and without writing anything.
  virtual std::optional<failure> try_offloading(const std::string& token) = 0;

  /// Whether the last call failed because Redis answers but refuses writes: it is a replica, its
  /// memory is full, its disk cannot be written, or it has too few replicas. Reads still work.
  virtual bool refuses_writes() const {
    return false;
  }

  /// Why Redis refused to write in the last `hold_lease` that succeeded; empty: it did not refuse.
  virtual std::string refusal() const {
    return {};
  }
};

/// Creates a backend. Called by the detached worker that owns it, in its own thread.
using redis_backend_factory = std::function<std::unique_ptr<redis_backend>()>;

} // namespace hawkeye
