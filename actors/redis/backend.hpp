// The seam to Redis: everything this service ever asks of it, as one call each. Real:
// redis_connection (hiredis). In tests: a fake, also a failing one. Threading: blocking, not
// thread-safe; owned by one detached redis_worker. Each call ends within the configured timeout
// (connecting included) and reconnects by itself when needed.
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

/// KEY and KEY:meta, read at once. Instead of a value that is too large, or no text, a sentence
/// that says so.
struct stored_values {
  payload_ptr array; ///< null: the key does not exist
  std::optional<std::string> meta;
};

/// What stands under KEY and KEY:meta, without their values.
struct stored_sizes {
  std::string meta_head;        ///< the first 64 bytes of the meta, enough for its version; empty:
                                ///< there is none
  std::int64_t array_bytes = 0; ///< 0: there is none; -1: of another type
  friend bool operator==(const stored_sizes&, const stored_sizes&) = default;
};

/// What became of an attempt to publish.
enum class publish_verdict {
  published,
  superseded ///< Redis holds another version than expected: nothing was written
};

/// Who holds the lease after an attempt to take or renew it, or a look at it.
enum class lease_verdict {
  ours,
  free,   ///< nobody: it was only looked at
  another ///< held by another instance (or a value that is not ours to judge): respected until it
          ///< lapses
};

class redis_backend {
public:
  virtual ~redis_backend() = default;

  virtual expected<stored_values> load() = 0;

  /// One script looks at both keys.
  virtual expected<stored_sizes> peek() = 0;

  /// What Redis deletes when its memory is full (`maxmemory_policy` in INFO memory); empty: it does
  /// not say.
  virtual expected<std::string> eviction_policy() = 0;

  /// One script: writes KEY and KEY:meta where the first 64 bytes of the meta are `expected_head`,
  /// or where no version stands there.
  virtual expected<publish_verdict> publish(std::string_view array, std::string_view meta,
                                            std::string_view expected_head) = 0;

  /// One script: takes KEY:lease where it is free, prolongs it where it is `holder`'s. `ttl` of 0:
  /// only looks. `refusal()` tells then whether Redis takes writes; `free` with a `ttl`: it does
  /// not.
  virtual expected<lease_verdict> hold_lease(std::string_view holder,
                                             std::chrono::milliseconds ttl) = 0;
  /// Deletes the lease where it is `holder`'s.
  virtual expected<bool> release_lease(std::string_view holder) = 0;

  /// Offloads `bytes` under `token` for `ttl`.
  virtual std::optional<failure> offload(const std::string& token, std::string_view bytes,
                                         std::chrono::seconds ttl) = 0;
  /// What is offloaded under `token`; null: Redis has no such token. Over `most` bytes: a
  /// sentence that says so, which no reader takes for more.
  virtual expected<payload_ptr> recover(const std::string& token, std::size_t most) = 0;

  /// Whether Redis still has what was offloaded under `token`.
  virtual expected<bool> has_payload(const std::string& token) = 0;

  /// KEY:incidents: the incidents that are not over; nothing: there is none.
  virtual expected<std::optional<std::string>> load_incidents() = 0;
  virtual std::optional<failure> keep_incidents(std::string_view incidents) = 0;

  /// One script: `explanations` becomes KEY:devices, unless those of a later version stand there;
  /// `report` becomes the first entry of KEY:history, of which `most_reports` stay.
  virtual std::optional<failure> keep_records(std::string_view report,
                                              std::string_view explanations,
                                              std::size_t most_reports) = 0;
  /// The first entries of KEY:history, newest first.
  virtual expected<std::vector<std::string>> load_reports(std::size_t most) = 0;
  /// The first 64 bytes of KEY:devices; nothing: there is none.
  virtual expected<std::optional<std::string>> peek_explanations() = 0;
  /// KEY:devices; null: there is none. Over `most` bytes: likewise a sentence.
  virtual expected<payload_ptr> load_explanations(std::size_t most) = 0;

  virtual std::optional<failure> ping() = 0;

  /// Whether payloads can be written: tries it with a token that nobody has, and writes nothing.
  virtual std::optional<failure> try_offloading(const std::string& /* token */) {
    return ping();
  }

  /// Whether the last call failed because Redis answers, but refuses to write: a replica, memory
  /// full, a disk that cannot be written, too few replicas. Reading goes on.
  virtual bool refuses_writes() const {
    return false;
  }

  /// Why Redis refused to write in the last `hold_lease` that succeeded; empty: it did not.
  virtual std::string refusal() const {
    return {};
  }
};

/// Called by the detached worker that will own it, in its own thread.
using redis_backend_factory = std::function<std::unique_ptr<redis_backend>()>;

} // namespace hawkeye
