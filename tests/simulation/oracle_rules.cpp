// What may change from one holding to the next.
#include <algorithm>
#include <limits>

#include "tests/simulation/oracle.hpp"

namespace hawkeye::simulation {

namespace {

constexpr std::size_t somebody = std::numeric_limits<std::size_t>::max();

} // namespace

/// Certainly asked before.
bool oracle::before(const asked_at& a, const asked_at& b) const {
  return a.last < b.first && (clocks_agree_ || a.who == b.who || a.who == 0);
}

/// Whether the status is not, or perhaps not, monitored: by the configuration since it was heard.
bool oracle::is_no(const bruin_word& word) const {
  if (!word.status)
    return !word.names_client;
  if (*word.status == gold)
    return std::any_of(narrow_.begin(), narrow_.end(), [](const auto& x) { return x.second; });
  return std::find(monitored_.begin(), monitored_.end(), *word.status) == monitored_.end();
}

bool oracle::may_be_yes(const bruin_word& word) const {
  return word.status
         && std::find(monitored_.begin(), monitored_.end(), *word.status) != monitored_.end();
}

std::size_t oracle::guard_limit(std::size_t served) const {
  return std::max(refresh_.guard_min_devices, served * refresh_.guard_max_drop / 100);
}

// -- no device is missing without a reason --------------------------------------------------------

/// Two lists without it, far enough apart, after the last one that it is known to have had it.
void oracle::list_reason(const std::string& serial, const device& old, reason& out) const {
  std::optional<decisive_words> noes;
  bool by_several = false; // each by its own clock: the earliest need not be the one that counted
  for (const auto& [number, list] : lists_) {
    if (list.contacted.contains(serial) || before(list.asked, old.contact))
      continue;
    if (!noes)
      noes = decisive_words{list.asked, list.asked};
    by_several = by_several || list.asked.who != noes->first.who;
    if (list.asked.first < noes->first.first)
      noes->first = list.asked;
    if (list.asked.last > noes->last.last)
      noes->last = list.asked;
  }
  if (noes && noes->last.last - noes->first.first >= refresh_.guard_confirm_after) {
    out.allowed = true;
    if (!clocks_agree_ && by_several)
      noes->first.who = noes->last.who = somebody;
    out.basis.list = noes;
  }
}

/// One strong no, two of them, or silence for too long.
void oracle::bruin_reason(const std::string& serial, const device& old, reason& out) const {
  const bool expired = log_.now() - old.verdict.first > refresh_.max_stale;
  if (expired || refresh_.max_stale == 0ns) {
    out.allowed = true;
    out.basis.verdict = decisive_words{old.verdict, old.verdict};
    if (!clocks_agree_) { // by its holder's clock: it may stand behind any word of the others
      out.basis.verdict->first.who = out.basis.verdict->last.who = somebody;
      return;
    }
  }
  const auto found = words_.find(serial);
  if (found == words_.end())
    return;
  const bruin_word *first = nullptr, *last = nullptr;
  bool by_several = false;
  for (const auto& word : found->second)
    if (is_no(word) && !before(word.asked, old.verdict)) {
      by_several = by_several || (first && word.asked.who != first->asked.who);
      // By when they were asked: an answer that came late stands behind those to later questions.
      if (!first || word.asked.first < first->asked.first)
        first = &word;
      if (!last || word.asked.last >= last->asked.last)
        last = &word;
    }
  if (!first)
    return;
  const bool confirmed = last->asked.last - first->asked.first >= refresh_.guard_confirm_after;
  // A device whose status was narrowed away is out by an older word.
  const bool by_configuration = first->status == gold;
  if (!out.allowed && !confirmed && !by_configuration)
    out.single_no_of = last->run;
  out.basis.verdict = decisive_words{out.allowed ? old.verdict : first->asked, last->asked};
  if (!clocks_agree_ && by_several)
    out.basis.verdict->first.who = out.basis.verdict->last.who = somebody;
  out.allowed = true;
}

/// Bruin's words were found right before, at another instance: that may have been it, beside what
/// else is known. Two lists are judged for each holder alone: a yes between them, of which the
/// other instance did not know, ends the removal.
void oracle::ledger_reason(const std::string& serial, const device& old, reason& out) const {
  const auto found = ledger_.find(serial);
  if (found == ledger_.end())
    return;
  auto& mine = out.basis.verdict;
  for (const auto& was : found->second) {
    if (!was.verdict || before(was.verdict->last, old.verdict))
      continue;
    out.allowed = true;
    out.single_no_of = 0;
    if (!mine)
      mine = was.verdict;
    if (was.verdict->first.first < mine->first.first)
      mine->first = was.verdict->first;
    if (was.verdict->last.last > mine->last.last)
      mine->last = was.verdict->last;
  }
}

oracle::reason oracle::why_gone(const std::string& serial, const device& old) const {
  reason out;
  list_reason(serial, old, out);
  bruin_reason(serial, old, out);
  ledger_reason(serial, old, out);
  return out;
}

void oracle::check_gone(std::size_t who, const holding& base, holding& next) {
  std::map<std::size_t, std::vector<std::string>> single;
  for (const auto& [serial, old] : base.devices) {
    if (next.devices.contains(serial))
      continue;
    const auto why = why_gone(serial, old);
    if (!why.allowed)
      return log_.broke(who, serial + " is missing though nobody said that it should be");
    if (why.single_no_of != 0)
      single[why.single_no_of].push_back(serial);
    next.gone.insert_or_assign(serial, why.basis);
  }
  for (const auto& [run, serials] : single)
    if (serials.size() > guard_limit(base.devices.size()) && refresh_.guard_max_drop < 100)
      return log_.broke(
          who, std::to_string(serials.size()) + " of " + std::to_string(base.devices.size())
                   + " devices are missing by a single answer, among them " + serials.front());
  for (const auto& [serial, was] : next.gone)
    if (base.devices.contains(serial))
      ledger_[serial].push_back(was);
}

// -- no older word stands where a later one was heard
// ----------------------------------------------

void oracle::check_order(std::size_t who, const std::string& serial, const device& old,
                         const device& shown) {
  if (before(shown.contact, old.contact))
    log_.broke(who, serial + " has an older contact than before");
  else if (before(shown.client, old.client))
    log_.broke(who, serial + " has an older client than before");
}

void oracle::check_return(std::size_t who, const std::string& serial, const removal& was,
                          const device& shown) {
  if (was.list && !before(shown.contact, was.list->first))
    return;
  if (was.verdict)
    for (const auto& word : words_[serial])
      if (may_be_yes(word) && !before(word.asked, was.verdict->first))
        return;
  log_.broke(who, serial + " is back by words that are older than those by which it left");
}

void oracle::compare(std::size_t who, const holding& base, holding& next) {
  for (auto& [serial, shown] : next.devices) {
    if (const auto old = base.devices.find(serial); old != base.devices.end()) {
      check_order(who, serial, old->second, shown);
      if (before(shown.verdict, old->second.verdict))
        shown.verdict = old->second.verdict;
    } else if (const auto was = base.gone.find(serial); was != base.gone.end()) {
      check_return(who, serial, was->second, shown);
    }
    const auto& words = words_[serial];
    if (std::none_of(words.begin(), words.end(), [this](const auto& x) { return may_be_yes(x); }))
      log_.broke(who, serial + " is served though Bruin never named a monitored status");
  }
  for (const auto& [serial, was] : base.gone)
    if (!next.devices.contains(serial))
      next.gone.try_emplace(serial, was);
  check_gone(who, base, next);
}

// -- what one refresh heard is visible after it
// ----------------------------------------------------

void oracle::check_run(refresh_run& run, std::uint64_t list, const holding& base, holding& next) {
  for (const auto& [serial, asked] : run.asked)
    check_heard(run, lists_.at(list), serial, next);
  check_left(run, base, next);
  if (alone_)
    check_expired(run, lists_.at(list), next);
  if (!run.judged) {
    expect_another(run, lists_.at(list), next);
    note_open(run, lists_.at(list), next);
  }
  run.judged = true;
}

/// Another instance may have heard a no, and told. An instance that does not take requests yet is
/// looked at after some refreshes: by then lists may lack the device, and silence may have lasted.
bool oracle::may_have_left_since(const refresh_run& run, const list_word& list,
                                 const std::string& serial, const bruin_word& yes) const {
  const auto& words = words_.at(serial);
  if (std::any_of(words.begin(), words.end(), [&](const bruin_word& word) {
        return is_no(word) && !before(word.asked, yes.asked);
      }))
    return true;
  reason by_lists;
  list_reason(serial, device{0, 0, list.asked, {}, {}}, by_lists);
  const bool silent = log_.now() - yes.asked.first > refresh_.max_stale;
  return by_lists.allowed || (silent && run.id != instances_.at(run.who).runs.back()->id);
}

void oracle::check_heard(const refresh_run& run, const list_word& list, const std::string& serial,
                         holding& next) {
  const auto found = run.words.find(serial);
  const bruin_word *client = nullptr, *yes = nullptr;
  bool perhaps_no = false;
  if (found != run.words.end())
    for (const auto& word : found->second) {
      perhaps_no = perhaps_no || is_no(word);
      if (word.names_client && word.in_time && !client)
        client = &word;
      if (client && may_be_yes(word) && word.in_time && !yes)
        yes = &word;
    }
  const auto shown = next.devices.find(serial);
  if (shown == next.devices.end()) {
    const bool removed =
        ledger_.contains(serial) || (yes && may_have_left_since(run, list, serial, *yes));
    if (yes && !perhaps_no && !removed && list.contacted.contains(serial))
      log_.broke(run.who, serial + " is missing though Hawkeye and Bruin said yes");
    return;
  }
  // A list does not bring back a device that had left here while Bruin says no: it does not count.
  const bool stays_out = perhaps_no && !instances_[run.who].now.devices.contains(serial);
  if (list.contacted.contains(serial) && !stays_out && before(shown->second.contact, list.asked))
    log_.broke(run.who, serial + " is shown with an older contact than its refresh heard");
  if (client && before(shown->second.client, client->asked))
    log_.broke(run.who, serial + " is shown with an older client than its refresh heard");
  if (yes)
    shown->second.verdict = yes->asked;
}

/// A clear no of a few devices counts at once.
void oracle::check_left(const refresh_run& run, const holding& base, const holding& next) {
  std::size_t perhaps = 0;
  std::vector<std::string> certain;
  for (const auto& [serial, words] : run.words) {
    bool no = false, other = false;
    for (const auto& word : words) {
      no = no || (is_no(word) && word.in_time && word.status != gold);
      other = other || may_be_yes(word) || (is_no(word) && !word.in_time);
    }
    // Another instance may have heard a yes at the same time.
    const auto& asked = run.asked.at(serial);
    const auto& all = words_[serial];
    other = other || std::any_of(all.begin(), all.end(), [&](const bruin_word& word) {
              return may_be_yes(word) && !before(word.asked, asked);
            });
    // One that the instance did not serve then waits: others may serve many of that kind.
    other = other || !instances_[run.who].now.devices.contains(serial);
    const auto old = base.devices.find(serial);
    if (no && !other && old != base.devices.end() && before(old->second.verdict, asked))
      certain.push_back(serial);
  }
  // What was read from Redis since need not have been known then: a smaller fleet has less to lose.
  const auto served = std::min(base.devices.size(), instances_[run.who].now.devices.size());
  // Those that wait since earlier, or at another instance, count, too, and those that left lately.
  for (const auto& [serial, words] : words_) {
    const auto old = base.devices.find(serial);
    const auto since = run.started - refresh_.guard_confirm_after - refresh_.deadline;
    perhaps += std::any_of(words.begin(), words.end(), [&](const bruin_word& word) {
      return is_no(word)
             && (old == base.devices.end() ? word.asked.last > since
                                           : !before(word.asked, old->second.verdict));
    });
  }
  if (!run.knew_redis || perhaps > guard_limit(served))
    return;
  for (const auto& serial : certain)
    if (next.devices.contains(serial))
      log_.broke(run.who, serial + " is still served though Bruin said no about a few devices");
}

/// Silent devices, whether they are served or not, and those that wait may be asked about alone,
/// and again where that failed. A list without most devices tells nothing about the others then.
bool oracle::may_be_partial(const refresh_run& run) const {
  return run.only_open || may_be_requested(run);
}

/// Of one device: whoever requested it sees how it ends, and the others' turn comes as it would.
bool oracle::may_be_requested(const refresh_run& run) const {
  return run.asked.size() == 1 && requested_.contains(run.asked.begin()->first);
}

void oracle::note_open(const refresh_run& run, const list_word& list, const holding& next) {
  for (const auto& [serial, words] : run.words) {
    const bool no =
        std::any_of(words.begin(), words.end(), [&](const auto& x) { return is_no(x); });
    const bool yes = std::any_of(words.begin(), words.end(),
                                 [&](const auto& x) { return may_be_yes(x) && x.in_time; });
    if (yes && !no)
      open_[serial].erase(run.who);
  }
  for (const auto& [serial, shown] : next.devices)
    if (!list.contacted.contains(serial))
      open_[serial].insert(run.who);
}

/// The next refresh does not wait for the interval where removals wait, or where Bruin was silent
/// about more than a few devices. Where another one began meanwhile, that is the next one.
void oracle::expect_another(const refresh_run& run, const list_word& list, const holding& next) {
  if (run.id != runs_)
    return;
  std::size_t silent = 0, waiting = 0;
  for (const auto& [serial, shown] : next.devices) {
    silent += run.asked.contains(serial) && !run.words.contains(serial);
    waiting += !list.contacted.contains(serial) && before(shown.contact, list.asked);
  }
  const bool whole = run.asked.size() + waiting >= next.devices.size() && !may_be_partial(run);
  const bool many_silent = silent > refresh_.guard_min_devices && !may_be_requested(run);
  if (many_silent || (whole && waiting > 0)) {
    const auto pause = std::max(refresh_.guard_confirm_after, refresh_.retry_max);
    promised_ = {run.who, run.started, log_.now() + pause + refresh_.interval / 2};
  }
}

/// A record that Bruin is silent about is not shown for longer than it may be, unless nothing would
/// be left. Silence is counted from one refresh of all devices to the next one of the same process.
void oracle::check_expired(refresh_run& run, const list_word& list, const holding& next) {
  auto& known = instances_[run.who].known_since;
  const bool whole = std::all_of(list.contacted.begin(), list.contacted.end(),
                                 [&](const auto& x) { return run.asked.contains(x); });
  const bool any_left = std::any_of(next.devices.begin(), next.devices.end(), [&](const auto& x) {
    return run.words.contains(x.first) || !run.asked.contains(x.first);
  });
  for (const auto& [serial, shown] : next.devices) {
    auto& [verdict, since] = known.try_emplace(serial, shown.verdict, log_.now()).first->second;
    // A no that waits to be confirmed is an answer, too.
    if (verdict.last != shown.verdict.last || run.words.contains(serial))
      verdict = shown.verdict, since = log_.now();
    const bool silent = !run.words.contains(serial) && run.asked.contains(serial);
    if (silent && any_left && whole && !may_be_partial(run) && list.contacted.contains(serial)
        && refresh_.max_stale > 0ns && run.started - since > refresh_.max_stale + refresh_.deadline)
      log_.broke(run.who, serial + " is served though Bruin has been silent for too long");
  }
}

} // namespace hawkeye::simulation
