#include "tests/simulation/rules.hpp"

#include <algorithm>

namespace hawkeye::simulation {

/// A run that came to nothing may have been held for being too small: then its size is what a
/// second result has to confirm.
void rules::end_run(instance_record& of) {
  if (!of.run || of.run->listed.empty())
    return; // Hawkeye failed: what was held before stays
  if (of.run->result != 0 || of.run->refused) {
    of.candidate.reset();
    return;
  }
  std::optional<std::pair<std::size_t, std::size_t>> held;
  for (const auto base : of.run->bases) {
    const auto* before = find(base);
    const auto [least, most] = result_range(*of.run, before);
    if (!before || most == 0 || !small(std::max<std::size_t>(least, 1), before->devices.size()))
      continue;
    held = held ? std::pair{std::min(held->first, least), std::max(held->second, most)}
                : std::pair{least, most};
  }
  if (!held)
    return;
  // Perhaps it was no result: the reply stood in Redis and was not found there, nothing was left,
  // or the process stood still for so long that it gave up.
  const bool perhaps_none = !of.run->asked_bruin || held->first == 0 || of.run->stood_still;
  if (perhaps_none && of.candidate)
    held = std::pair{std::min(held->first, of.candidate->first),
                     std::max(held->second, of.candidate->second)};
  of.candidate = held;
}

run_ptr rules::begin_run(std::size_t who) {
  auto& of = instances_[who];
  end_run(of);
  of.run = std::make_shared<refresh_run>();
  of.run->started = log_.now();
  of.run->bases.insert(of.holds);
  return of.run;
}

void rules::remember(std::size_t who, const reading& now, std::string_view array,
                     snapshot_id base) {
  auto& of = instances_[who];
  const auto* before = find(base);
  known_snapshot next{who, log_.now(), std::string{array}, {}};
  for (const auto& [serial, client] : now.clients) {
    const auto& word = of.run->words[serial];
    record x{client, log_.now(), log_.now()};
    const bool was_there = before && before->devices.contains(serial);
    if (was_there && !word.sure_yes) {
      x.earliest = before->devices.at(serial).earliest;
      if (!word.maybe_yes)
        x.latest = before->devices.at(serial).latest;
    }
    next.devices.emplace(serial, std::move(x));
  }
  of.run->result = now.id;
  known_.emplace(now.id, std::move(next));
}

std::string rules::judge_build(std::size_t who, const reading& now, std::string_view array) {
  auto& of = instances_[who];
  if (!of.run || !of.run->listed.contains(now.id))
    return "a snapshot of a reply that its newest refresh did not get: " + std::to_string(now.id);
  if (of.run->result != 0)
    return "two snapshots of one refresh";
  auto bases = of.loaded;
  bases.insert(bases.begin(), of.holds);
  std::string first_problem;
  for (const auto base : bases) {
    const auto problem = compare(of, now, base);
    if (problem.empty()) {
      remember(who, now, array, base);
      return {};
    }
    if (first_problem.empty())
      first_problem = problem;
  }
  return first_problem;
}

/// The snapshot's number, once it has been found right; 0 where it is not.
snapshot_id rules::judge(std::size_t who, std::string_view array) {
  const auto& held = instances_[who].holds;
  if (const auto* same = find(held); same && same->array == array)
    return held;
  const auto now = read(array);
  if (!now.problem.empty()) {
    log_.broke(who, now.problem);
    return 0;
  }
  if (const auto* known = find(now.id)) {
    if (known->array != array)
      log_.broke(who, "snapshot " + std::to_string(now.id) + " exists with different bytes");
    return now.id;
  }
  if (const auto problem = judge_build(who, now, array); !problem.empty()) {
    log_.broke(who, problem);
    return 0;
  }
  log_.note(who, "built", std::to_string(now.id));
  return now.id;
}

void rules::loaded(std::size_t who, std::string_view array) {
  if (const auto id = read(array).id)
    instances_[who].loaded.push_back(id);
}

void rules::publishing(std::size_t who, std::string_view array) {
  judge(who, array);
}

void rules::refused(std::size_t who, std::string_view array) {
  auto& of = instances_[who];
  if (of.run && of.run->result == read(array).id)
    of.run->refused = true;
}

void rules::published(std::size_t who, std::string_view array, const test::redis_memory& redis) {
  const auto id = read(array).id;
  if (!redis.array || !redis.meta || *redis.array != array)
    return log_.broke(who, "Redis does not hold what was published");
  const auto read_back = read_stored_snapshot(make_payload(*redis.array), redis.meta);
  const auto* restored = value_of(read_back);
  if (!restored || !restored->note.empty() || restored->value->meta().version == 0)
    return log_.broke(who, "Redis holds a snapshot that is not whole: "
                               + (restored ? restored->note : "unreadable"));
  const auto version = restored->value->meta().version;
  if (version <= stored_version_)
    log_.broke(who, "the version in Redis did not grow: " + std::to_string(version) + " after "
                        + std::to_string(stored_version_));
  const auto *before = find(stored_id_), *now = find(id);
  if (before && now && now->built < before->built)
    log_.broke(who, "an older snapshot over a newer one in Redis: " + std::to_string(id) + " over "
                        + std::to_string(stored_id_));
  stored_array_ = redis.array, stored_meta_ = redis.meta;
  stored_id_ = id, stored_version_ = version;
  log_.note(who, "stored", std::to_string(id) + " as version " + std::to_string(version));
}

void rules::stood_still() {
  for (auto& [who, of] : instances_)
    if (of.run)
      of.run->stood_still = true;
}

void rules::redis_lost_everything() {
  stored_array_.reset(), stored_meta_.reset();
  stored_id_ = 0, stored_version_ = 0;
}

void rules::check_redis(const test::redis_memory& redis) {
  if (redis.array != stored_array_ || redis.meta != stored_meta_)
    log_.broke(0, "what stands in Redis is not what was published last");
}

void rules::sees(std::size_t who, std::string_view array) {
  auto& of = instances_[who];
  const auto before = of.holds;
  const auto* old = find(before);
  if (array.empty()) {
    if (before != 0)
      log_.broke(who, "the instance had devices and has none any more");
  } else if (!old || old->array != array) {
    const auto id = judge(who, array);
    const auto* next = find(id);
    if (!next)
      return; // told already
    const bool was_loaded = std::find(of.loaded.begin(), of.loaded.end(), id) != of.loaded.end();
    const bool own = next->builder == who && of.run && of.run->result == id && !of.run->refused;
    if (!was_loaded && !own)
      log_.broke(who, "a snapshot that was neither built here nor read from Redis: "
                          + std::to_string(id));
    if (old && next->built < old->built)
      log_.broke(who, "an older snapshot over a newer one in memory: " + std::to_string(id)
                          + " over " + std::to_string(before));
    of.holds = id;
    log_.note(who, "holds", std::to_string(id));
  }
  of.loaded.clear();
  if (of.run)
    of.run->bases.insert(of.holds);
}

} // namespace hawkeye::simulation
