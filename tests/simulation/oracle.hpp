// What the service promises (docs/architecture.md: when a device leaves), written a second time and
// independently: it shares no code with messages/snapshot. It keeps every word of every bridge: who
// asked, when the question was asked and when the answer was heard. After each step it compares the
// devices that each instance, and Redis, held before and hold now. Nothing may be missing without a
// reason, no older word may replace a newer one, and what one refresh heard must be visible after
// it.
//
// The stand-in bridges number their answers. The number of a list stands in the fraction of every
// contact and the number of a client answer in its field "answer": a device shows which words it is
// made of. Where timing makes it uncertain whether an instance has used a word, both are accepted.
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

namespace hawkeye::simulation {

/// When a question was asked, and by whom. `first`: the first attempt of the same question in the
/// same refresh, which an instance may count as its start.
struct asked_at {
  time_point first{}, last{};
  std::size_t who = 0; ///< the life of an instance; 0: unknown, before everything
};

/// A good answer of Hawkeye.
struct list_word {
  asked_at asked;
  std::set<std::string> contacted; ///< serials with a contact; all others it denies
};

/// A good answer of Bruin about one device.
struct bruin_word {
  asked_at asked;
  time_point heard{};
  std::size_t run = 0;
  bool in_time = false; ///< certainly used by its refresh
  bool names_client = false;
  std::uint64_t number = 0;          ///< of an answer that names a client
  std::optional<std::string> status; ///< of a status answer; "" for null
};

/// One attempt to refresh: from a question to Hawkeye to the next one.
struct refresh_run {
  std::size_t id = 0, who = 0;
  time_point started;
  std::set<std::uint64_t> lists;         ///< the numbers of the lists that were heard
  std::map<std::string, asked_at> asked; ///< serials of which Bruin was asked
  std::map<std::string, std::vector<bruin_word>> words;
  bool knew_redis = false; ///< the instance had read Redis before, and Redis answers since
  bool only_open = true;   ///< it asks about none that was not left open before
  bool judged = false;
};

using run_ptr = std::shared_ptr<refresh_run>;

class oracle {
public:
  oracle(event_log& log, const settings& options);

  // -- what bridges say
  run_ptr begin_run(std::size_t who, bool redis_answers);
  void asks_bruin(const run_ptr& run, const std::string& serial);
  void heard_list(const run_ptr& run, std::uint64_t number, asked_at asked,
                  std::set<std::string> contacted);
  void heard_bruin(const run_ptr& run, const std::string& serial, bruin_word word);
  /// Somebody wants this device alone to be refreshed.
  void requested(const std::string& serial) {
    requested_.insert(serial);
  }

  // -- what the world does
  /// `gold` devices are not monitored from now on, or are again.
  void narrowed(bool on);
  /// Question clocks of two instances need not agree: only words of one instance have an order.
  void clocks_differ() {
    clocks_agree_ = false;
  }
  /// There is one instance: it alone measures how long Bruin is silent.
  void one_instance() {
    alone_ = true;
  }

  // -- what instances and Redis hold
  /// The instance has read this from Redis.
  void loaded(std::size_t who, std::string_view array);
  /// The instance wants to write this to Redis.
  void publishing(std::size_t who, std::string_view array);
  /// Redis has taken it.
  void published(std::size_t who, std::string_view array, std::string_view meta);
  /// The instance answers with this array; empty: it has none yet.
  void serves(std::size_t who, std::string_view array);

  /// Redis holds this from now on, by a fault. `exact`: array and meta belong together.
  void redis_becomes(const std::optional<std::string>& array,
                     const std::optional<std::string>& meta, bool exact);
  /// Nobody but the publishing script writes the two keys.
  void check_redis(const std::optional<std::string>& array, const std::optional<std::string>& meta);

  /// Which instance has to refresh again soon, and until when: removals wait, or Bruin was silent.
  struct promised_refresh {
    std::size_t who;
    time_point since, until;
  };
  const std::optional<promised_refresh>& promised() const noexcept {
    return promised_;
  }
  /// Array and meta in Redis belong together.
  bool redis_is_whole() const noexcept {
    return redis_exact_ && redis_array_ && redis_meta_;
  }
  const std::string& in_redis() const noexcept {
    return redis_.array;
  }

private:
  /// The earliest and the latest word that may have decided that a device is out.
  struct decisive_words {
    asked_at first, last;
  };
  /// Any one of them may have been it.
  struct removal {
    std::optional<decisive_words> list;    ///< it may be back by a list asked after the first
    std::optional<decisive_words> verdict; ///< it may be back by a status asked after the first
  };
  struct device {
    std::uint64_t list = 0, answer = 0; ///< the numbers of what contact and client are of
    asked_at contact, client;           ///< of the words shown; nothing: unknown, before all others
    asked_at verdict;                   ///< the latest status that its holder certainly knows
  };
  struct holding {
    std::string array;
    std::map<std::string, device> devices;
    std::map<std::string, removal> gone;
  };
  struct instance_record {
    holding now;
    std::vector<holding> loaded;            ///< since it was last looked at
    std::vector<run_ptr> runs;              ///< not judged yet
    std::map<std::string, holding> offered; ///< to Redis, by array
    std::map<std::string, std::pair<asked_at, time_point>> known_since; ///< verdicts, at its builds
    bool knows_redis = false;
  };
  struct reason {
    bool allowed = false;
    std::size_t single_no_of = 0; ///< allowed by one strong no of this run: the guard counts it
    removal basis;
  };

  bool before(const asked_at& a, const asked_at& b) const;
  bool is_no(const bruin_word& word) const;
  bool may_be_yes(const bruin_word& word) const;

  std::optional<holding> read(std::size_t who, std::string_view array);
  holding evaluate(std::size_t who, std::string_view array);
  void merge_into(holding& base, const holding& other);
  void compare(std::size_t who, const holding& base, holding& next);
  void check_order(std::size_t who, const std::string& serial, const device& old,
                   const device& shown);
  void check_return(std::size_t who, const std::string& serial, const removal& was,
                    const device& shown);
  void check_gone(std::size_t who, const holding& base, holding& next);
  reason why_gone(const std::string& serial, const device& old) const;
  void list_reason(const std::string& serial, const device& old, reason& out) const;
  void bruin_reason(const std::string& serial, const device& old, reason& out) const;
  void ledger_reason(const std::string& serial, const device& old, reason& out) const;
  void check_run(refresh_run& run, std::uint64_t list, const holding& base, holding& next);
  bool may_have_left_since(const refresh_run& run, const list_word& list, const std::string& serial,
                           const bruin_word& yes) const;
  static std::optional<std::uint64_t> list_in(const refresh_run& run, const holding& x);
  void check_heard(const refresh_run& run, const list_word& list, const std::string& serial,
                   holding& next);
  void check_left(const refresh_run& run, const holding& base, const holding& next);
  bool may_be_partial(const refresh_run& run) const;
  bool may_be_requested(const refresh_run& run) const;
  void note_open(const refresh_run& run, const list_word& list, const holding& next);
  void expect_another(const refresh_run& run, const list_word& list, const holding& next);
  void check_expired(refresh_run& run, const list_word& list, const holding& next);
  std::size_t guard_limit(std::size_t served) const;

  event_log& log_;
  refresh_settings refresh_;
  std::vector<std::string> monitored_;
  bool clocks_agree_ = true, alone_ = false;
  std::vector<std::pair<time_point, bool>> narrow_; ///< since when, and whether
  std::size_t runs_ = 0;
  std::map<std::uint64_t, list_word> lists_;
  std::map<std::uint64_t, std::pair<std::string, bruin_word>> clients_; ///< by answer: the serial
  std::map<std::string, std::vector<bruin_word>> words_;                ///< by serial
  std::map<std::string, std::vector<removal>> ledger_; ///< removals that were right
  std::map<std::size_t, instance_record> instances_;
  holding redis_;
  bool redis_exact_ = true;
  std::optional<std::string> redis_array_, redis_meta_;
  std::map<std::string, holding> redis_history_; ///< by array and meta
  std::uint64_t redis_version_ = 0;
  std::optional<promised_refresh> promised_;
  /// Devices about which the last refresh of these instances, as far as it is known, was left
  /// without a clear yes: they may be asked about alone.
  std::map<std::string, std::set<std::size_t>> open_;
  std::set<std::string> requested_; ///< and these, one at a time
};

/// The devices' status that a narrowed configuration does not monitor.
inline constexpr const char* gold = "Active – Gold Monitoring";

} // namespace hawkeye::simulation
