// What was last said about a device, by whom, and when that was asked; and how two such states are
// brought together. A merge is associative, commutative and idempotent, so that it does not matter
// who heard what first, or in which order memory, Redis and other instances meet. No time passes in
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/base/question_clock.hpp"

namespace hawkeye {

/// What one source said about one device. Every field is a maximum, alone or together with the one
/// that it belongs to.
struct testimony {
  asked_at yes = 0;       ///< latest question that was answered yes
  asked_at no = 0;        ///< latest one that was answered no
  asked_at removed = 0;   ///< latest no that was believed, or that began a run that was: a yes
                          ///< heard elsewhere in the midst of the run ends the belief
  asked_at run_after = 0; ///< the yes after which the run of no's began
  asked_at run_start = 0; ///< the first no of that run; 0: there was none
  outcome reason = outcome::not_listed; ///< of `no`

  bool is_out() const noexcept {
    return removed > yes;
  }
  /// The latest answer is a no that is not believed yet.
  bool waits() const noexcept {
    return no > yes && !is_out();
  }
  /// When the no's began that no yes has ended since; 0: the latest answer is a yes.
  asked_at waits_since() const noexcept {
    return run_after == yes && no > yes ? run_start : 0;
  }
  friend bool operator==(const testimony&, const testimony&) = default;
};

testimony merge(const testimony& a, const testimony& b) noexcept;

/// A no to the question of `asked`. `at_once`: it is believed now; else it is once it was asked
/// `confirm_after` behind the first no of its run, of which only what lies behind `comparable_from`
/// counts.
void say_no(testimony& to, asked_at asked, outcome reason, bool at_once, duration confirm_after,
            asked_at comparable_from) noexcept;

struct device_state {
  testimony listing; ///< Hawkeye: its list has the device with a contact, or not (not_listed)
  testimony verdict; ///< Bruin: it has a client and a monitored status, or which no
  asked_at client_asked = 0;              ///< when Bruin named the client of the record
  asked_at expired = 0;                   ///< the verdict.yes that was too old to stand any longer
  std::chrono::milliseconds silent_for{}; ///< how long Bruin has been silent since verdict.yes
  std::string status;                     ///< the management status of verdict.yes; empty: unknown

  /// Whether the device is served.
  bool is_in() const noexcept {
    return listing.yes > 0 && verdict.yes > 0 && client_asked > 0 && !listing.is_out()
           && !verdict.is_out() && expired < verdict.yes;
  }
  /// Of one that is in: `monitored`, or why it is in nevertheless.
  outcome why_in() const noexcept {
    if (listing.waits())
      return outcome::not_listed;
    if (verdict.waits())
      return outcome::removal_unconfirmed;
    return verdict.yes < listing.yes ? outcome::carried_over : outcome::monitored;
  }
  /// The latest question of which anything is known.
  asked_at newest() const noexcept;
  friend bool operator==(const device_state&, const device_state&) = default;
};

/// Without the content, which belongs to `listing.yes` and `client_asked`.
device_state merge(const device_state& a, const device_state& b);

/// The state of a device of which nothing is known but that it was served as of `asked`.
device_state state_as_of(asked_at asked);

/// The states of a snapshot's devices. Most are a yes of both with nothing else to it: these take
/// 32 bytes each.
class state_list {
public:
  void reserve(std::size_t count) {
    rows_.reserve(count);
  }
  void push_back(const device_state& x);
  device_state operator[](std::size_t index) const;
  std::size_t size() const noexcept {
    return rows_.size();
  }

private:
  struct row {
    asked_at listed, verdict, client;
    std::uint32_t status; ///< index into `statuses_`
    std::uint32_t whole;  ///< index into `whole_`, plus one; 0: the fields before are all
  };
  std::uint32_t index_of(const std::string& status);

  std::vector<row> rows_;
  std::vector<std::string> statuses_;
  std::vector<device_state> whole_;
};

// -- content
// ---------------------------------------------------------------------------------------

/// A device's JSON object cut at Bruin's part, each half of which belongs to its own question;
/// views into the object.
struct device_content {
  std::string_view before, after; ///< Hawkeye's part, around the client
  std::string_view client;        ///< raw bruin_client_info; empty: there is none
};

device_content split_device(std::string_view json);

/// The inverse of `split_device`.
std::string join_device(const device_content& x);

/// The content of two states of one device, each an object as a snapshot has it or empty where
/// nothing is known: Hawkeye's part of the later list, Bruin's part of the later answer.
std::string merge_content(const device_state& a, std::string_view json_a, const device_state& b,
                          std::string_view json_b);

} // namespace hawkeye
