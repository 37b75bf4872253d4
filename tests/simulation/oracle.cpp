// The log of words, and what instances and Redis hold.
#include "tests/simulation/oracle.hpp"

#include <algorithm>

namespace hawkeye::simulation {

using nlohmann::json;

namespace {

/// The nine digits behind the seconds, as the stand-in wrote them.
std::uint64_t number_in(const std::string& contact) {
  const auto dot = contact.find('.');
  return dot == std::string::npos ? 0 : std::stoull(contact.substr(dot + 1, 9));
}

} // namespace

oracle::oracle(event_log& log, const settings& options)
    : log_{log}, refresh_{options.refresh}, monitored_{options.bruin.monitored_statuses} {}

// -- what bridges say ----------------------------------------------------------------------------

run_ptr oracle::begin_run(std::size_t who, bool redis_answers) {
  auto& of = instances_[who];
  auto run = std::make_shared<refresh_run>();
  run->id = ++runs_, run->who = who, run->started = log_.now();
  run->knew_redis = of.knows_redis && redis_answers;
  of.runs.push_back(run);
  promised_.reset();
  return run;
}

void oracle::asks_bruin(const run_ptr& run, const std::string& serial) {
  const auto now = log_.now();
  const auto [at, first] = run->asked.try_emplace(serial, asked_at{now, now, run->who});
  at->second.last = now;
  if (!first)
    return;
  auto& open = open_[serial];
  run->only_open = run->only_open && !open.empty();
  open.insert(run->who);
}

void oracle::heard_list(const run_ptr& run, std::uint64_t number, asked_at asked,
                        std::set<std::string> contacted) {
  run->lists.insert(number);
  lists_.emplace(number, list_word{asked, std::move(contacted)});
}

void oracle::heard_bruin(const run_ptr& run, const std::string& serial, bruin_word word) {
  word.heard = log_.now();
  word.run = run->id;
  if (word.names_client)
    clients_.emplace(word.number, std::pair{serial, word});
  run->words[serial].push_back(word);
  words_[serial].push_back(std::move(word));
}

void oracle::narrowed(bool on) {
  narrow_.emplace_back(log_.now(), on);
}

// -- what instances and Redis hold
// -----------------------------------------------------------------

/// Devices and the words that they show; nothing, where the array itself is wrong.
std::optional<oracle::holding> oracle::read(std::size_t who, std::string_view array) {
  holding result;
  result.array = array;
  if (array == "[]")
    return result;
  const auto list = json::parse(array, nullptr, false);
  if (!list.is_array() || list.empty()) {
    log_.broke(who, "the devices are no list with entries: " + std::string{array.substr(0, 200)});
    return {};
  }
  std::string previous;
  for (const auto& entry : list) {
    const auto serial = entry.value("serial_number", "");
    const auto contact = entry.value("last_contact", "");
    const auto contact_word = lists_.find(number_in(contact));
    const auto client = entry.value("bruin_client_info", json::object()).value("answer", 0u);
    const auto client_word = clients_.find(client);
    std::string problem;
    if (contact_word == lists_.end() || !contact_word->second.contacted.contains(serial))
      problem = " has a contact that no list had: " + contact;
    else if (client_word == clients_.end() || client_word->second.first != serial)
      problem = " has a client that Bruin did not name: " + entry.dump();
    else if (!previous.empty() && previous < contact)
      problem = " does not stand where its contact belongs";
    else if (!result.devices
                  .emplace(serial, device{contact_word->first,
                                          client,
                                          contact_word->second.asked,
                                          client_word->second.second.asked,
                                          {}})
                  .second)
      problem = " stands twice in a snapshot";
    if (!problem.empty()) {
      log_.broke(who, serial + problem);
      return {};
    }
    previous = contact;
  }
  return result;
}

/// What an instance knows once it holds both: per device and word the later one.
void oracle::merge_into(holding& base, const holding& other) {
  const auto later = [this](asked_at& mine, const asked_at& theirs) {
    if (before(mine, theirs))
      mine = theirs;
  };
  for (const auto& [serial, theirs] : other.devices) {
    if (const auto was = base.gone.find(serial); was != base.gone.end()) {
      const auto& [list, verdict] = was->second;
      const bool later_yes = (list && before(list->last, theirs.contact))
                             || (verdict && before(verdict->last, theirs.verdict));
      if (!later_yes)
        continue; // it may stay out; where it is in, check_return decides
      base.gone.erase(was);
    }
    auto& mine = base.devices.try_emplace(serial, theirs).first->second;
    if (before(mine.contact, theirs.contact))
      mine.list = theirs.list;
    if (before(mine.client, theirs.client))
      mine.answer = theirs.answer;
    later(mine.contact, theirs.contact);
    later(mine.client, theirs.client);
    later(mine.verdict, theirs.verdict);
  }
  for (const auto& [serial, was] : other.gone) {
    const auto mine = base.devices.find(serial);
    if (mine == base.devices.end()) {
      if (!other.devices.contains(serial))
        base.gone.try_emplace(serial, was);
      continue;
    }
    const bool certain = (!was.list || before(mine->second.contact, was.list->first))
                         && (!was.verdict || before(mine->second.verdict, was.verdict->first));
    if (certain) {
      base.devices.erase(mine);
      base.gone.insert_or_assign(serial, was);
    }
  }
}

/// What the instance holds once it holds this array, after all that it has read meanwhile.
oracle::holding oracle::evaluate(std::size_t who, std::string_view array) {
  auto& of = instances_[who];
  if (of.now.array == array && of.loaded.empty())
    return of.now;
  auto next = read(who, array);
  if (!next)
    return of.now;
  auto base = of.now;
  for (const auto& other : of.loaded)
    merge_into(base, other);
  for (auto& [serial, shown] : next->devices)
    if (const auto old = base.devices.find(serial); old != base.devices.end()) {
      if (old->second.list == shown.list)
        shown.contact = old->second.contact;
      if (old->second.answer == shown.answer)
        shown.client = old->second.client;
    }
  // The last one that heard a list: nobody saw what an instance that takes no requests had before.
  const auto last = std::find_if(of.runs.rbegin(), of.runs.rend(),
                                 [](const run_ptr& run) { return !run->lists.empty(); });
  if (last != of.runs.rend())
    if (const auto number = list_in(**last, *next))
      check_run(**last, *number, base, *next);
  compare(who, base, *next);
  return *next;
}

/// The list of this run from which a device has its contact.
std::optional<std::uint64_t> oracle::list_in(const refresh_run& run, const holding& x) {
  for (const auto number : run.lists)
    for (const auto& [serial, shown] : x.devices)
      if (shown.list == number)
        return number;
  return {};
}

void oracle::loaded(std::size_t who, std::string_view array) {
  auto& of = instances_[who];
  of.knows_redis = true;
  if (array.empty() || (array == "[]" && !redis_exact_))
    return;
  if (array == redis_.array && redis_exact_)
    of.loaded.push_back(redis_);
  else if (auto other = read(who, array)) {
    // Nobody can know when its words were asked: they are older than all others.
    for (auto& [serial, shown] : other->devices)
      shown = device{shown.list, shown.answer, {}, {}, {}};
    of.loaded.push_back(std::move(*other));
  }
}

void oracle::publishing(std::size_t who, std::string_view array) {
  instances_[who].offered.insert_or_assign(std::string{array}, evaluate(who, array));
}

void oracle::published(std::size_t who, std::string_view array, std::string_view meta) {
  const auto version = json::parse(meta, nullptr, false).value("version", std::uint64_t{0});
  if (version <= redis_version_)
    log_.broke(who, "the version in Redis did not grow: " + std::to_string(version) + " after "
                        + std::to_string(redis_version_));
  redis_version_ = version;
  auto& of = instances_[who];
  auto next = of.offered.contains(std::string{array}) ? of.offered.at(std::string{array})
                                                      : evaluate(who, array);
  compare(who, redis_exact_ ? redis_ : holding{}, next);
  redis_ = std::move(next);
  redis_exact_ = true;
  redis_array_ = array, redis_meta_ = meta;
  redis_history_.insert_or_assign(*redis_array_ + *redis_meta_, redis_);
  log_.note(who, "stored", std::to_string(version));
}

void oracle::serves(std::size_t who, std::string_view array) {
  auto& of = instances_[who];
  if (array.empty()) {
    if (!of.now.devices.empty())
      log_.broke(who, "the instance had devices and has none any more");
    for (const auto& other : of.loaded)
      if (!other.devices.empty())
        log_.broke(who, "the instance has read devices in Redis and serves none");
  } else if (array != of.now.array || !of.loaded.empty()) {
    const auto known = of.offered.find(std::string{array});
    if (array != of.now.array)
      log_.note(who, "holds");
    of.now = known != of.offered.end() && of.loaded.empty() ? known->second : evaluate(who, array);
  }
  of.loaded.clear();
  of.offered.clear();
  std::erase_if(of.runs,
                [&of](const run_ptr& run) { return run->judged || run != of.runs.back(); });
}

void oracle::redis_becomes(const std::optional<std::string>& array,
                           const std::optional<std::string>& meta, bool exact) {
  redis_array_ = array, redis_meta_ = meta;
  redis_version_ = 0;
  const auto known =
      exact && array && meta ? redis_history_.find(*array + *meta) : redis_history_.end();
  redis_ = known == redis_history_.end() ? holding{} : known->second;
  redis_exact_ = known != redis_history_.end() || (!array && !meta);
}

void oracle::check_redis(const std::optional<std::string>& array,
                         const std::optional<std::string>& meta) {
  if (array != redis_array_ || meta != redis_meta_)
    log_.broke(0, "what stands in Redis is not what was published last");
}

} // namespace hawkeye::simulation
