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

/// KEY and KEY:meta of one moment; for what is too large to be read, or no text, a sentence that
/// says so.
struct stored_values {
  payload_ptr array; ///< null: the key does not exist
  std::optional<std::string> meta;
};

/// What became of an attempt to publish.
enum class publish_verdict {
  published,
  lease_lost, ///< another instance holds the lease: nothing was written
  superseded  ///< Redis holds this version or a newer one: nothing was written
};

/// Who holds the lease after an attempt to take or renew it.
enum class lease_verdict {
  ours,
  another ///< held by another instance (or a value that is not ours to judge): respected until it
          ///< lapses
};

class redis_backend {
public:
  virtual ~redis_backend() = default;

  virtual expected<stored_values> load() = 0;

  /// The first 64 bytes of KEY:meta: enough for its version. Nothing: no meta.
  virtual expected<std::optional<std::string>> peek_meta() = 0;

  /// One script: checks that the lease is `holder`'s or free and that the stored version is below
  /// `version`, then writes KEY and KEY:meta. An empty `holder` needs no lease, but nothing built
  /// later may stand there.
  virtual expected<publish_verdict> publish(std::string_view array, std::string_view meta,
                                            std::string_view holder, std::uint64_t version) = 0;

  /// One script: takes KEY:lease where it is free, prolongs it where it is `holder`'s.
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

  /// In one transaction: `explanations` becomes KEY:devices, `report` the first entry of
  /// KEY:history, of which `most_reports` stay.
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

  /// Whether the last call failed because Redis answers, but refuses to write: a replica, memory
  /// full, a disk that cannot be written, too few replicas. Reading goes on.
  virtual bool refuses_writes() const {
    return false;
  }
};

/// Called by the detached worker that will own it, in its own thread.
using redis_backend_factory = std::function<std::unique_ptr<redis_backend>()>;

} // namespace hawkeye
