// Merges the answers of one refresh into the known devices and decides which of them are served.
#include "messages/snapshot/build_snapshot.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "messages/base/json.hpp"

namespace hawkeye {

namespace {

constexpr bool is_no(outcome x) noexcept {
  return x == outcome::no_customer || x == outcome::no_management_status
         || x == outcome::not_monitored;
}

constexpr asked_at just_after = 1000; ///< the question clock counts in milliseconds

/// One device while the answers of the refresh are merged into it.
struct device_record {
  std::string serial_number;
  device_state state;
  std::string_view json;                      ///< its last content; empty if unknown
  timestamp contact;                          ///< last contact in `json`
  bool was_known = false, was_served = false; ///< known: served, or remembered after its removal
  const probe* listed = nullptr;              ///< its probe in Hawkeye's list; null if not listed
  bool newest_list = false;                   ///< false if another instance read a later list
  testimony listing_before{};                 ///< without the list of this refresh
  std::string_view client{};                  ///< client named in this refresh
  const resolution* resolved = nullptr;
  std::optional<outcome> no = {}; ///< Bruin's no in this refresh; decide() applies it
  asked_at no_asked = 0;
  bool confirmed = false; ///< this refresh confirmed a waiting removal
};

class refresh_merger {
public:
  refresh_merger(const snapshot_ptr& previous, const refresh_answers& answers,
                 const removal_rules& rules)
      : previous_{previous}, answers_{answers}, rules_{rules} {
    recall();
    if (answers_.about)
      about_.insert(answers_.about->begin(), answers_.about->end());
  }

  build_result finish() {
    merge_list();
    merge_bruin();
    merge_absence();
    apply_settings();
    decide();
    return build();
  }

private:
  // -- previous state --

  void recall() {
    if (!previous_)
      return;
    const auto count = previous_->size() + previous_->kept().size() + previous_->heard().size();
    devices_.reserve(count);
    index_.reserve(count);
    for (std::size_t i = 0; i < previous_->size(); ++i) {
      const auto json = previous_->at(i);
      auto view = read_device(json);
      device_record x;
      x.serial_number = view ? std::move(view->serial_number) : serial_of(json);
      x.state = previous_->state(i);
      x.json = json;
      x.contact = previous_->last_contact(i);
      x.was_known = x.was_served = true;
      remember(std::move(x));
    }
    for (const auto& x : previous_->kept())
      recall(x, true);
    for (const auto& x : previous_->heard())
      recall(x, false);
  }

  void recall(const kept_device& from, bool is_known) {
    device_record x;
    x.serial_number = from.serial_number;
    x.state = from.state;
    x.json = from.json;
    x.was_known = is_known;
    remember(std::move(x));
  }

  device_record& remember(device_record x) {
    index_.try_emplace(x.serial_number, devices_.size());
    return devices_.emplace_back(std::move(x));
  }

  device_record* known(const std::string& serial) {
    const auto found = index_.find(serial);
    return found == index_.end() ? nullptr : &devices_[found->second];
  }

  bool asked_about(const std::string& serial) const {
    return !answers_.about || about_.contains(serial);
  }

  // -- answers of this refresh --

  void merge_list() {
    static const resolution never_asked;
    listed_.reserve(answers_.probes.probes.size());
    for (std::size_t i = 0; i < answers_.probes.probes.size(); ++i) {
      const auto& probe = answers_.probes.probes[i];
      auto* device = known(probe.serial_number);
      if (!device) {
        device_record next;
        next.serial_number = probe.serial_number;
        device = &remember(std::move(next));
      }
      device->listed = &probe;
      device->resolved = i < answers_.resolutions.size() ? &answers_.resolutions[i] : &never_asked;
      device->newest_list = answers_.list_asked >= device->state.listing.yes;
      device->listing_before = device->state.listing;
      device->state.listing.yes = std::max(device->state.listing.yes, answers_.list_asked);
      listed_.push_back(index_.at(probe.serial_number));
    }
  }

  asked_at or_list(asked_at asked) const {
    return asked > 0 ? asked : answers_.list_asked;
  }

  void merge_bruin() {
    for (const auto i : listed_) {
      auto& device = devices_[i];
      const auto& resolved = *device.resolved;
      auto& state = device.state;
      if (!resolved.client.empty() && resolved.why != outcome::no_customer)
        name_client(device, resolved);
      if (resolved.why == outcome::monitored) {
        device_state answer;
        answer.verdict.yes = or_list(resolved.asked);
        answer.status = resolved.detail;
        state = merge(state, answer);
      } else if (is_no(resolved.why)) {
        device.no = resolved.why;
        device.no_asked = or_list(resolved.asked);
      } else {
        merge_silence(device);
      }
    }
  }

  void name_client(device_record& device, const resolution& resolved) {
    const auto asked = or_list(resolved.client_asked);
    if (asked < device.state.client_asked)
      return;
    device.state.client_asked = asked;
    device.client = resolved.client;
  }

  /// The last good record is served for at most max-stale. For a device that was not served, the
  /// whole age of its record counts.
  void merge_silence(device_record& device) {
    ++silent_;
    auto& state = device.state;
    if (device.was_served)
      count_silence(state);
    const bool too_old = device.was_served
                             ? state.silent_for > rules_.max_stale
                             : answers_.list_asked - state.verdict.yes > to_asked(rules_.max_stale);
    if (too_old || rules_.max_stale <= duration::zero())
      state.expired = std::max(state.expired, state.verdict.yes);
  }

  /// A record also ages while Bruin is not asked about its device, because Hawkeye's list lacks it.
  /// It has never been silent for longer than since its last yes: the previous refresh began before
  /// it asked about this device, and another instance may have counted a part of the time already.
  void count_silence(device_state& state) const {
    if (answers_.about)
      return;
    const auto elapsed = std::chrono::floor<std::chrono::milliseconds>(answers_.elapsed);
    const auto since_yes =
        std::chrono::milliseconds{(answers_.list_asked - state.verdict.yes) / 1000};
    const auto longest = std::max(state.silent_for, std::min(since_yes, longest_silence));
    state.silent_for = std::min(state.silent_for + std::max(elapsed, 0ms), longest);
  }

  /// Handles served devices that are missing in the list, or in it only as malformed or without
  /// contact.
  void merge_absence() {
    for (auto& device : devices_) {
      if (!device.was_served || device.listed || !asked_about(device.serial_number))
        continue;
      count_silence(device.state);
      say_no(device.state.listing, answers_.list_asked, outcome::not_listed, false,
             rules_.guard_confirm_after, answers_.comparable_from);
      device.confirmed = device.state.listing.is_out();
    }
  }

  /// Handles carried-over records whose status is no longer one of the monitored statuses.
  void apply_settings() {
    if (rules_.monitored_statuses.empty())
      return;
    const std::unordered_set<std::string_view> monitored{rules_.monitored_statuses.begin(),
                                                         rules_.monitored_statuses.end()};
    for (auto& device : devices_) {
      const bool answered =
          device.no || (device.resolved && device.resolved->why == outcome::monitored);
      if (device.was_served && !answered && !device.state.status.empty()
          && asked_about(device.serial_number) && !monitored.contains(device.state.status)) {
        device.no = outcome::not_monitored;
        device.no_asked = answers_.list_asked;
      }
    }
  }

  // -- removals --

  template <class Predicate>
  std::size_t count_of(Predicate counts) const {
    return static_cast<std::size_t>(std::count_if(devices_.begin(), devices_.end(), counts));
  }

  /// True if so many devices would be removed that the removals have to be confirmed. Removals that
  /// already wait count, too, and so do those of the last guard-confirm-after: otherwise refreshes
  /// in quick succession could each remove a few.
  bool too_many() const {
    const auto recent = answers_.list_asked - to_asked(rules_.guard_confirm_after);
    const auto just_left = count_of([recent](const device_record& x) {
      return x.was_known && !x.was_served && x.state.verdict.is_out()
             && x.state.verdict.removed > recent;
    });
    const auto leaving =
        just_left + count_of([](const device_record& x) {
          return x.was_served && x.state.is_in()
                 && (x.no ? x.no_asked > x.state.verdict.yes : x.state.verdict.waits());
        });
    const auto served = just_left + (previous_ ? previous_->size() : 0);
    return leaving > rules_.guard_min_devices && leaving * 100 > served * rules_.guard_max_drop;
  }

  void decide() {
    const bool wait = too_many();
    for (auto& device : devices_) {
      if (!device.no)
        continue;
      const bool waited = device.state.verdict.waits();
      // Other instances may serve devices that are not served here: a single no must not remove
      // them there.
      say_no(device.state.verdict, device.no_asked, *device.no, !wait && device.was_served,
             rules_.guard_confirm_after, answers_.comparable_from);
      device.confirmed = waited && device.state.verdict.is_out();
    }
    for (auto& device : devices_)
      if (device.was_known && !device.was_served)
        stay_out(device);
  }

  /// Only a served device can wait for a confirmation. A removed device does not come back through
  /// a list alone while Bruin's last answer is a no: the list does not count then. Another instance
  /// that serves the device goes on until its removal is confirmed.
  static void stay_out(device_record& device) {
    auto& state = device.state;
    if (!state.is_in() || !state.verdict.waits())
      return;
    state.listing = device.listing_before;
    device.newest_list = false;
    if (state.is_in()) // it was not out by a list, but because its client was not known
      state.verdict.removed = std::max(state.verdict.removed, state.verdict.yes + just_after);
  }

  // -- the next snapshot --

  /// A device that no instance is known to serve is only remembered if the last list had it. But if
  /// only its client was named, another instance may still serve it as a device of another client.
  bool may_matter_elsewhere(const device_record& x) const {
    const auto named = x.state.client_asked;
    const auto& verdict = x.state.verdict;
    return x.listed || !asked_about(x.serial_number)
           || (named > std::max(verdict.yes, verdict.no)
               && answers_.list_asked - named < to_asked(rules_.max_stale));
  }

  static timestamp contact_of(const device_record& x) {
    if (x.listed && x.newest_list)
      return x.listed->last_contact_at;
    return x.was_served ? x.contact : last_contact_of(x.json);
  }

  static std::string_view client_of(const device_record& x) {
    return x.client.empty() ? split_device(x.json).client : x.client;
  }

  static std::string content_of(const device_record& x) {
    if (!x.listed || !x.newest_list) {
      auto content = split_device(x.json);
      if (!x.client.empty())
        content.client = x.client;
      return join_device(content);
    }
    const auto client = client_of(x);
    return device_json(x.serial_number, x.listed->last_contact, client.empty() ? "null" : client,
                       x.listed->attributes);
  }

  outcome why(const device_record& x) const {
    const auto& state = x.state;
    if (state.is_in())
      return state.why_in();
    if (x.resolved->why == outcome::monitored) // another instance received a no to a later question
      return state.verdict.is_out() ? state.verdict.reason : outcome::unresolved;
    if (!bruin_did_not_answer(x.resolved->why))
      return x.resolved->why;
    if (x.no && state.verdict.is_out())
      return *x.no;
    const bool had_record = state.verdict.yes > 0 && !state.verdict.is_out();
    return had_record && rules_.max_stale > duration::zero() ? outcome::record_too_old
                                                             : x.resolved->why;
  }

  build_result build() {
    build_result result;
    snapshot_meta meta;
    meta.version = previous_ ? next_version(previous_->meta().version) : 1;
    // A partial refresh does not change the age of the other devices.
    meta.built_at = answers_.about && previous_ ? previous_->meta().built_at : answers_.now;
    for (const auto i : listed_)
      result.outcomes.push_back(why(devices_[i]));
    meta.counts = result.counts = count(result.outcomes);
    std::vector<device> in;
    std::vector<kept_device> kept, heard;
    in.reserve(devices_.size());
    for (auto& x : devices_) {
      if (x.state.is_in())
        in.push_back({x.serial_number, contact_of(x), content_of(x), x.state});
      else if (x.was_known || may_matter_elsewhere(x))
        (x.was_known ? kept : heard).push_back({x.serial_number, x.state, content_of(x)});
    }
    result.next = std::make_shared<const snapshot>(
        snapshot{meta, std::move(in), std::move(kept)}.with_heard(std::move(heard)));
    result.removed = removals_in(*result.next);
    result.removed.served = previous_ ? previous_->size() : 0;
    result.removed.confirmed = count_of(
        [](const device_record& x) { return x.was_served && x.confirmed && !x.state.is_in(); });
    result.ambiguous = find_ambiguous(answers_.probes.probes, answers_.resolutions);
    result.failures = failure_digest(answers_.probes.probes, answers_.resolutions);
    result.silent = silent_;
    result.expired = count_of([](const device_record& x) {
      return x.was_served && x.state.verdict.yes > 0 && x.state.expired >= x.state.verdict.yes;
    });
    return result;
  }

  /// Served devices are counted by their states, the others by their outcomes in this refresh.
  outcome_counts count(const std::vector<outcome>& of_probes) {
    outcome_counts result;
    if (answers_.about && previous_)
      result = previous_->meta().counts;
    for (const auto x : answers_.outcomes_before)
      if (result[x] > 0)
        --result[x];
    for (const auto x : of_probes)
      ++result[x];
    std::unordered_set<std::string_view> counted;
    for (const auto& x : answers_.probes.discarded) {
      const auto* served = known(x.serial_number);
      const bool stays = served && !served->listed && served->state.is_in();
      if (!stays || !counted.insert(x.serial_number).second)
        ++result[x.why];
    }
    for (std::size_t i = 0; i < outcome_count; ++i)
      if (is_served(static_cast<outcome>(i)))
        result.values[i] = 0;
    for (const auto& x : devices_)
      if (x.state.is_in())
        ++result[x.state.why_in()];
    return result;
  }

  static constexpr std::chrono::milliseconds longest_silence = 24h * 365;

  const snapshot_ptr& previous_;
  const refresh_answers& answers_;
  const removal_rules& rules_;
  std::unordered_set<std::string> about_;
  std::vector<device_record> devices_;
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<std::size_t> listed_; ///< indices into devices_, in the order of the probes
  std::size_t silent_ = 0;
};

} // namespace

build_result build_snapshot(const snapshot_ptr& previous, const refresh_answers& answers,
                            const removal_rules& rules) {
  return refresh_merger{previous, answers, rules}.finish();
}

removals removals_in(const snapshot& x) {
  removals result;
  result.served = x.size();
  std::map<std::string_view, removals::customer> customers;
  const auto client = [&x](std::size_t i) {
    return split_device(x.at(i)).client;
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto state = x.state(i);
    if (!removal_waits(state.why_in()))
      continue;
    result.waiting.push_back(serial_of(x.at(i)));
    ++result.by_reason[state.listing.waits() ? outcome::not_listed : state.verdict.reason];
    auto& customer = customers[client_id_of(client(i))];
    ++customer.waiting;
    if (customer.name.empty())
      customer.name = client_name_of(client(i));
  }
  std::sort(result.waiting.begin(), result.waiting.end());
  for (std::size_t i = 0; i < x.size() && !customers.empty(); ++i)
    if (const auto found = customers.find(client_id_of(client(i))); found != customers.end())
      ++found->second.served;
  for (auto& [id, customer] : customers) {
    customer.client_id = id;
    result.customers.push_back(std::move(customer));
  }
  std::stable_sort(result.customers.begin(), result.customers.end(),
                   [](const auto& a, const auto& b) { return a.waiting > b.waiting; });
  return result;
}

std::vector<outcome> outcomes_in(const snapshot& published, const std::vector<probe>& probes,
                                 std::vector<outcome> decided) {
  std::unordered_map<std::string, outcome> served;
  for (std::size_t i = 0; i < published.size(); ++i)
    served.emplace(serial_of(published.at(i)), published.state(i).why_in());
  std::unordered_map<std::string_view, const device_state*> kept;
  for (const auto& x : published.kept())
    kept.emplace(x.serial_number, &x.state);
  for (std::size_t i = 0; i < decided.size(); ++i) {
    const auto in = served.find(probes[i].serial_number);
    if (in != served.end()) {
      decided[i] = in->second;
    } else if (is_served(decided[i])) {
      const auto out = kept.find(probes[i].serial_number);
      decided[i] = out != kept.end() && out->second->verdict.is_out() ? out->second->verdict.reason
                   : out != kept.end() && out->second->expired > 0    ? outcome::record_too_old
                                                                      : outcome::unresolved;
    }
  }
  return decided;
}

} // namespace hawkeye
