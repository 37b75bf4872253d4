// The last answers of each bridge about a device, the times of the questions, and the merge of two
// such states. The merge is associative, commutative and idempotent, so the order in which states
// from memory, Redis and other instances are merged does not matter. It does not depend on the
// current time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/outcome.hpp"
#include "messages/base/question_clock.hpp"

namespace hawkeye {

/// The answers of one bridge about one device. All times are question times. In a merge every field
/// is a maximum, alone or as a pair with the field it belongs to.
struct testimony {
  asked_at yes = 0; ///< latest question answered yes
  asked_at no = 0;  ///< latest question answered no
  /// Latest no that took effect at once, or the first no of a run that was confirmed: a later yes
  /// that another instance received within that run cancels the removal.
  asked_at removed = 0;
  asked_at run_after = 0;               ///< the yes before the current run of no answers
  asked_at run_start = 0;               ///< the first no of that run; 0: no run
  outcome reason = outcome::not_listed; ///< reason of `no`

  bool is_out() const noexcept {
    return removed > yes;
  }
  /// The latest answer is a no that has not taken effect yet.
  bool waits() const noexcept {
    return no > yes && !is_out();
  }
  /// Start of the current run of no answers; 0 if the latest answer is a yes.
  asked_at waits_since() const noexcept {
    return run_after == yes && no > yes ? run_start : 0;
  }
  friend bool operator==(const testimony&, const testimony&) = default;
};

testimony merge(const testimony& a, const testimony& b) noexcept;

/// Records the answer no to the question asked at `asked`. With `at_once` it takes effect now.
/// Otherwise it takes effect if it was asked at least `confirm_after` later than the first no of
/// its run, where only time after `comparable_from` counts.
void say_no(testimony& to, asked_at asked, outcome reason, bool at_once, duration confirm_after,
            asked_at comparable_from) noexcept;

struct device_state {
  testimony listing; ///< Hawkeye: the list has the device with a contact (yes), or not (not_listed)
  testimony verdict; ///< Bruin: the device has a client and a monitored status (yes), or the reason
                     ///< of the no
  asked_at client_asked = 0; ///< question to which Bruin named the client of the record
  asked_at expired = 0;      ///< the verdict.yes that became too old to be served
  std::chrono::milliseconds silent_for{}; ///< how long Bruin has not answered since verdict.yes
  std::string status; ///< management status in the answer verdict.yes; empty if unknown

  /// True if the device is served.
  bool is_in() const noexcept {
    return listing.yes > 0 && verdict.yes > 0 && client_asked > 0 && !listing.is_out()
           && !verdict.is_out() && expired < verdict.yes;
  }
  /// For a device that is in: `monitored`, or the reason why it is still in.
  outcome why_in() const noexcept {
    if (listing.waits())
      return outcome::not_listed;
    if (verdict.waits())
      return outcome::removal_unconfirmed;
    return verdict.yes < listing.yes ? outcome::carried_over : outcome::monitored;
  }
  /// The latest question time in this state.
  asked_at newest() const noexcept;
  friend bool operator==(const device_state&, const device_state&) = default;
};

/// Merges the states only. The content belongs to `listing.yes` and `client_asked`: see
/// merge_content.
device_state merge(const device_state& a, const device_state& b);

/// The state of a device that was served at `asked`, if nothing else is known.
device_state state_as_of(asked_at asked);

/// The states of a snapshot's devices. Most have only a yes from both bridges; these take 32 bytes
/// each.
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
    std::uint32_t whole;  ///< index into `whole_` plus one; 0: this row is the complete state
  };
  std::uint32_t index_of(const std::string& status);

  std::vector<row> rows_;
  std::vector<std::string> statuses_;
  std::vector<device_state> whole_;
};

// -- content --------------------------------------------------------------------------------------

/// A device's JSON object, split into Hawkeye's part and Bruin's part, because each part belongs to
/// a different question; views into the object.
struct device_content {
  std::string_view before, after; ///< Hawkeye's part, around the client
  std::string_view client;        ///< raw bruin_client_info; empty if there is none
};

device_content split_device(std::string_view json);

/// The inverse of `split_device`.
std::string join_device(const device_content& x);

/// Merges the content of two states of one device: Hawkeye's part from the later list, Bruin's part
/// from the later answer. Each content is a device object of a snapshot, or empty if it is unknown.
std::string merge_content(const device_state& a, std::string_view json_a, const device_state& b,
                          std::string_view json_b);

} // namespace hawkeye
