#include "messages/snapshot/build_snapshot.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <unordered_set>

namespace hawkeye {

namespace {

/// The last good record of a device: whose it is, and when Bruin last said so.
struct record {
  std::string_view client;
  timestamp since;
};

using records = std::unordered_map<std::string, record>;

records records_of(const snapshot_ptr& previous, timestamp now) {
  records result;
  if (!previous)
    return result;
  // An array that another program wrote does not say when Bruin answered: its records count from
  // now on.
  const timestamp built_at = previous->meta().built_at.value_or(now);
  result.reserve(previous->size());
  for (std::size_t i = 0; i < previous->size(); ++i)
    if (auto view = read_device(previous->at(i)))
      result.insert_or_assign(std::move(view->serial_number), record{view->client, built_at});
  for (const auto& mark : previous->meta().carried)
    if (auto found = result.find(mark.serial_number); found != result.end())
      found->second.since = mark.since;
  return result;
}

/// The timestamps apart are seconds, not a time_point's nanoseconds: a mark that was read from
/// Redis can lie centuries off, and their difference would overflow.
bool too_old(timestamp since, timestamp now, duration max_stale) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(max_stale);
  const auto rest = std::chrono::nanoseconds{max_stale - whole};
  timestamp oldest{now.seconds - whole.count(),
                   now.nanoseconds - static_cast<std::int32_t>(rest.count())};
  if (oldest.nanoseconds < 0) {
    --oldest.seconds;
    oldest.nanoseconds += 1'000'000'000;
  }
  return since < oldest;
}

/// One refresh on its way into a snapshot.
class builder {
public:
  builder(const snapshot_ptr& previous, timestamp now, duration max_stale)
      : records_(max_stale > duration::zero() ? records_of(previous, now) : records{}), now_(now),
        max_stale_(max_stale) {
    meta_.version = previous ? previous->meta().version + 1 : 1;
    meta_.built_at = now;
  }

  void add(const probe& from, const resolution& said) {
    outcome why = said.why;
    if (why == outcome::monitored)
      add_device(from, said.client);
    else if (bruin_did_not_answer(why))
      why = carry_over(from, why);
    ++meta_.counts[why];
    outcomes_.push_back(why);
  }

  /// A device of the previous snapshot that is not asked about: it stays, and with it what is known
  /// of its age. For Bruin nothing is new, so the snapshot is not younger than the previous one,
  /// but by a timestamp, which shows which of the two is the later.
  void keep_all_but(const std::unordered_set<std::string_view>& asked, const snapshot& previous,
                    const std::vector<outcome>& before) {
    meta_.counts = previous.meta().counts;
    for (const auto why : before)
      if (meta_.counts[why] > 0)
        --meta_.counts[why];
    if (auto at = previous.meta().built_at) {
      at->nanoseconds = std::min(at->nanoseconds + 1000, 999'999'999);
      meta_.built_at = at;
    }
    for (std::size_t i = 0; i < previous.size(); ++i)
      if (auto view = read_device(previous.at(i)); view && !asked.contains(view->serial_number))
        devices_.push_back({std::move(view->serial_number), previous.last_contact(i),
                            std::string{previous.at(i)}});
    for (const auto& mark : previous.meta().carried)
      if (!asked.contains(mark.serial_number))
        meta_.carried.push_back(mark);
  }

  void count(outcome why) {
    ++meta_.counts[why];
  }

  build_result finish() {
    build_result result;
    result.counts = meta_.counts;
    result.outcomes = std::move(outcomes_);
    std::sort(meta_.carried.begin(), meta_.carried.end(),
              [](const auto& a, const auto& b) { return a.serial_number < b.serial_number; });
    result.next = std::make_shared<const snapshot>(std::move(meta_), std::move(devices_));
    return result;
  }

private:
  void add_device(const probe& from, std::string_view client) {
    devices_.push_back(
        {from.serial_number, from.last_contact_at,
         device_json(from.serial_number, from.last_contact, client, from.attributes)});
  }

  outcome carry_over(const probe& from, outcome why) {
    const auto found = records_.find(from.serial_number);
    if (found == records_.end())
      return why;
    if (too_old(found->second.since, now_, max_stale_))
      return outcome::record_too_old;
    add_device(from, found->second.client);
    meta_.carried.push_back({from.serial_number, found->second.since});
    return outcome::carried_over;
  }

  records records_;
  timestamp now_;
  duration max_stale_;
  snapshot_meta meta_;
  std::vector<device> devices_;
  std::vector<outcome> outcomes_;
};

void add_all(builder& to, const probe_list& probes, const resolution_list& resolutions) {
  static const resolution never_asked;
  for (std::size_t i = 0; i < probes.probes.size(); ++i)
    to.add(probes.probes[i], i < resolutions.size() ? resolutions[i] : never_asked);
  for (const auto& x : probes.discarded)
    to.count(x.why);
}

build_result finish(builder& from, const probe_list& probes, const resolution_list& resolutions) {
  auto result = from.finish();
  result.ambiguous = find_ambiguous(probes.probes, resolutions);
  result.failures = failure_digest(probes.probes, resolutions);
  return result;
}

} // namespace

build_result build_snapshot(const probe_list& probes, const resolution_list& resolutions,
                            const snapshot_ptr& previous, timestamp now, duration max_stale) {
  builder next{previous, now, max_stale};
  add_all(next, probes, resolutions);
  return finish(next, probes, resolutions);
}

build_result replace_devices(const probe_list& probes, const resolution_list& resolutions,
                             const snapshot_ptr& previous, const std::vector<outcome>& before,
                             timestamp now, duration max_stale) {
  std::unordered_set<std::string_view> asked;
  for (const auto& x : probes.probes)
    asked.insert(x.serial_number);
  for (const auto& x : probes.discarded)
    asked.insert(x.serial_number);
  builder next{previous, now, max_stale};
  next.keep_all_but(asked, *previous, before);
  add_all(next, probes, resolutions);
  return finish(next, probes, resolutions);
}

} // namespace hawkeye
