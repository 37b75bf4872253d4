// What the service promises, said once more and independently of its code: which devices a snapshot
// may hold and which it may have lost, which snapshot may replace which, and who may refresh when.
// Fed with what bridges and Redis told each instance and with what the instance then answers.
//
// The stand-in for Hawkeye numbers its replies and writes the number into the fraction of every
// contact, so that a snapshot says itself which reply it was built from.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "messages/config/settings.hpp"
#include "tests/simulation/event_log.hpp"
#include "tests/support/fake_redis.hpp"

namespace hawkeye::simulation {

/// Number of the Hawkeye reply that a snapshot was built from; 0: no snapshot.
using snapshot_id = std::uint64_t;

struct record {
  std::string client; ///< JSON, normalized
  /// When Bruin last answered for the device; two timestamps where it cannot be known whether an
  /// answer came in time.
  time_point earliest, latest;
};

/// A snapshot that was found to be right.
struct known_snapshot {
  std::size_t builder = 0;
  time_point built;
  std::string array;
  std::map<std::string, record> devices;
};

/// What Bruin said about a device in one refresh. `maybe`: it arrived, perhaps too late to count.
struct bruin_word {
  bool maybe_no = false, sure_no = false;
  bool maybe_yes = false, sure_yes = false;
  bool client_sure = false;
  std::set<std::string> clients;
};

struct refresh_run {
  time_point started;
  std::map<snapshot_id, std::set<std::string>> listed; ///< by the replies that counted
  std::map<std::string, bruin_word> words;
  std::set<snapshot_id> bases; ///< what the instance held meanwhile
  bool asked_bruin = false;    ///< then Hawkeye's reply was understood
  bool stood_still = false;    ///< the process did, for longer than its actors wait for each other
  snapshot_id result = 0;      ///< the snapshot that was made of it
  bool refused = false;        ///< Redis did not take the result
};

using run_ptr = std::shared_ptr<refresh_run>;

/// What the rules know about one life of an instance.
struct instance_record {
  snapshot_id holds = 0;
  std::vector<snapshot_id> loaded; ///< from Redis since it was last looked
  run_ptr run;                     ///< the newest one
  /// Least and most devices of the result that was held for being too small.
  std::optional<std::pair<std::size_t, std::size_t>> candidate;
};

class rules {
public:
  rules(event_log& log, const refresh_settings& with) : log_{log}, with_{with} {}

  /// A refresh begins: its number of the instance's life `who`.
  run_ptr begin_run(std::size_t who);

  /// The instance read or was told what Redis holds.
  void loaded(std::size_t who, std::string_view array);
  /// The instance wants this array to be published: it has built it, or holds it.
  void publishing(std::size_t who, std::string_view array);
  /// Redis took it.
  void published(std::size_t who, std::string_view array, const test::redis_memory& redis);
  /// Redis did not take the result of a refresh, and the instance knows.
  void refused(std::size_t who, std::string_view array);
  void redis_lost_everything();
  /// Every process did, for minutes.
  void stood_still();
  /// Nobody but the publishing script writes the two keys.
  void check_redis(const test::redis_memory& redis);

  /// The instance answers with this array; empty: it has none yet.
  void sees(std::size_t who, std::string_view array);

  snapshot_id held_by(std::size_t who) {
    return instances_[who].holds;
  }
  const known_snapshot* find(snapshot_id id) const {
    const auto found = known_.find(id);
    return found == known_.end() ? nullptr : &found->second;
  }
  snapshot_id in_redis() const noexcept {
    return stored_id_;
  }

private:
  struct reading {
    snapshot_id id = 0;
    std::map<std::string, std::string> clients; ///< per serial
    std::string problem;
  };

  reading read(std::string_view array) const;
  snapshot_id judge(std::size_t who, std::string_view array);
  std::string judge_build(std::size_t who, const reading& now, std::string_view array);
  std::string compare(const instance_record& of, const reading& now, snapshot_id base) const;
  std::string compare_kept(const refresh_run& run, const reading& now,
                           const known_snapshot* base) const;
  std::string compare_lost(const refresh_run& run, const reading& now,
                           const known_snapshot* base) const;
  std::string compare_size(const instance_record& of, std::size_t now,
                           const known_snapshot* base) const;
  void remember(std::size_t who, const reading& now, std::string_view array, snapshot_id base);
  void end_run(instance_record& of);
  std::pair<std::size_t, std::size_t> result_range(const refresh_run& run,
                                                   const known_snapshot* base) const;
  bool carries(const record& x, time_point latest_look) const;
  bool may_be_too_old(const record& x) const;
  bool small(std::size_t now, std::size_t before) const;

  event_log& log_;
  refresh_settings with_;
  std::map<snapshot_id, known_snapshot> known_;
  std::map<std::size_t, instance_record> instances_;
  std::optional<std::string> stored_array_, stored_meta_;
  snapshot_id stored_id_ = 0;
  std::uint64_t stored_version_ = 0;
};

} // namespace hawkeye::simulation
