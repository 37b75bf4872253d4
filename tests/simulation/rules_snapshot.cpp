// The rules about one snapshot: is it what its refresh may have made of the one before?
#include <algorithm>

#include "tests/simulation/rules.hpp"

namespace hawkeye::simulation {

using nlohmann::json;

namespace {

/// The nine digits behind the seconds, as the stand-in wrote them.
snapshot_id number_in(const std::string& contact) {
  const auto dot = contact.find('.');
  return dot == std::string::npos ? 0 : std::stoull(contact.substr(dot + 1, 9));
}

} // namespace

rules::reading rules::read(std::string_view array) const {
  reading result;
  const auto list = json::parse(array, nullptr, false);
  if (!list.is_array() || list.empty())
    return {0, {}, "the devices are no list with entries: " + std::string{array.substr(0, 200)}};
  std::string before;
  for (const auto& entry : list) {
    const auto serial = entry.value("serial_number", "");
    const auto contact = entry.value("last_contact", "");
    const auto id = number_in(contact);
    if (result.id != 0 && id != result.id)
      return {0, {}, "devices of two replies of Hawkeye in one snapshot"};
    result.id = id;
    if (!result.clients.emplace(serial, entry.value("bruin_client_info", json{}).dump()).second)
      return {0, {}, serial + " stands twice in a snapshot"};
    if (!before.empty() && before < contact)
      return {0, {}, serial + " does not stand where its contact belongs"};
    before = contact;
  }
  return result;
}

bool rules::carries(const record& x, time_point latest_look) const {
  return with_.max_stale > 0ns && latest_look - x.latest <= with_.max_stale;
}

bool rules::may_be_too_old(const record& x) const {
  return with_.max_stale == 0ns || log_.now() - x.earliest > with_.max_stale;
}

bool rules::small(std::size_t now, std::size_t before) const {
  return with_.guard_max_drop < 100 && before >= with_.guard_min_devices
         && now * 100 < before * (100 - with_.guard_max_drop);
}

/// Every device of the snapshot has a right to stand there.
std::string rules::compare_kept(const refresh_run& run, const reading& now,
                                const known_snapshot* base) const {
  const auto& listed = run.listed.at(now.id);
  static const bruin_word silence;
  for (const auto& [serial, client] : now.clients) {
    const auto said = run.words.find(serial);
    const auto& word = said == run.words.end() ? silence : said->second;
    const auto before =
        base ? base->devices.find(serial) : std::map<std::string, record>::const_iterator{};
    const bool carried =
        base && before != base->devices.end() && carries(before->second, log_.now());
    if (!listed.contains(serial))
      return serial + " stands in the snapshot, but not in Hawkeye's reply";
    if (word.sure_no && !word.maybe_yes)
      return serial + " stands in the snapshot though Bruin said no";
    if (!word.maybe_yes && !carried)
      return serial + " stands in the snapshot, but Bruin never said yes, or too long ago";
    if (!(word.maybe_yes && word.clients.contains(client))
        && !(carried && before->second.client == client))
      return serial + " stands in the snapshot with a client that Bruin did not name: " + client;
  }
  return {};
}

/// No device is missing without a reason.
std::string rules::compare_lost(const refresh_run& run, const reading& now,
                                const known_snapshot* base) const {
  const auto& listed = run.listed.at(now.id);
  for (const auto& serial : listed) {
    if (now.clients.contains(serial))
      continue;
    const auto said = run.words.find(serial);
    if (said != run.words.end() && said->second.maybe_no)
      continue;
    if (said != run.words.end() && said->second.sure_yes)
      return serial + " is missing though Bruin said yes";
    const auto before =
        base ? base->devices.find(serial) : std::map<std::string, record>::const_iterator{};
    if (base && before != base->devices.end() && !may_be_too_old(before->second))
      return serial + " vanished though Bruin did not say no";
  }
  return {};
}

/// The guard let it pass: large enough, or confirmed by a second result of about the same size.
std::string rules::compare_size(const instance_record& of, std::size_t now,
                                const known_snapshot* base) const {
  if (!base || !small(now, base->devices.size()))
    return {};
  const auto sizes = std::to_string(base->devices.size()) + " to " + std::to_string(now);
  if (!of.candidate)
    return "the snapshot shrank from " + sizes + " without a second result";
  for (auto held = of.candidate->first; held <= of.candidate->second; ++held)
    if ((now > held ? now - held : held - now) * 10 <= held)
      return {};
  return "the snapshot shrank from " + sizes + " though the second result differs from the first: "
         + std::to_string(of.candidate->first) + " to " + std::to_string(of.candidate->second);
}

std::string rules::compare(const instance_record& of, const reading& now, snapshot_id base) const {
  const auto* before = find(base);
  if (auto problem = compare_kept(*of.run, now, before); !problem.empty())
    return problem;
  if (auto problem = compare_lost(*of.run, now, before); !problem.empty())
    return problem;
  return compare_size(of, now.clients.size(), before);
}

/// How many devices the result of a run can have had.
std::pair<std::size_t, std::size_t> rules::result_range(const refresh_run& run,
                                                        const known_snapshot* base) const {
  std::size_t least = 0, most = 0;
  static const bruin_word silence;
  for (const auto& serial : run.listed.rbegin()->second) {
    const auto said = run.words.find(serial);
    const auto& word = said == run.words.end() ? silence : said->second;
    const bool known = base && base->devices.contains(serial);
    const bool stays = known && !may_be_too_old(base->devices.at(serial));
    const bool stayed = known && carries(base->devices.at(serial), run.started);
    if (!word.maybe_no && (word.sure_yes || stays))
      ++least;
    if (word.maybe_yes || (stayed && !word.sure_no))
      ++most;
  }
  return {least, most};
}

} // namespace hawkeye::simulation
