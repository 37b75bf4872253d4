// What the bridges say: rightly, wrongly, and how the fleet behind them changes.
#include <algorithm>

#include "messages/bridges/bridge_message.hpp"
#include "tests/simulation/upstream.hpp"

namespace hawkeye::simulation {

using nlohmann::json;

namespace {

/// Contacts stand close together, so that devices often share a second; the reply's number is the
/// fraction.
std::string contact_of(const std::string& serial, std::uint64_t number) {
  const auto second = 10 + (fingerprint(serial) + number * 7) % 40;
  auto fraction = std::to_string(1'000'000'000 + number);
  fraction[0] = '.';
  return "2020-11-05T13:57:" + std::to_string(second) + fraction + "Z";
}

std::string ok(const json& body) {
  return json{{"body", body}, {"status", 200}}.dump();
}

} // namespace

upstream::answer upstream::decide(const question& to) {
  const bool hawkeye = of_hawkeye(to);
  const auto sky = hawkeye ? hawkeye_ : bruin_;
  if (sky != weather::fine && sky <= weather::garbage)
    return broken(sky);
  if (luck_.per_mille(rates.corrupted + rates.refused)) {
    log_.note(to.who, "reply corrupted");
    return wrong(to);
  }
  if (luck_.per_mille(rates.emptied)) {
    answer x{ok(json::array()), false, 0, {}, false, json::array()};
    x.good = to.subject == options_.bruin.client_info_subject || hawkeye;
    x.number = hawkeye ? ++replies_ : 0;
    return x;
  }
  return right(to);
}

upstream::answer upstream::right(const question& to) {
  if (of_hawkeye(to))
    return offloaded(probes(luck_.per_mille(rates.partial)));
  return about_device(to);
}

/// What Bruin says about one device. A client that it names has the answer's number.
upstream::answer upstream::about_device(const question& to) {
  answer x;
  x.good = true;
  const bool client = to.subject == options_.bruin.client_info_subject;
  const bool struck =
      bruin_ > weather::garbage && (fingerprint(to.serial) ^ share_) % 100 < 20 + share_ % 80;
  const auto found = fleet_.fleet.find(to.serial);
  x.body = client ? json::array() : json{};
  if (found != fleet_.fleet.end())
    x.body = client ? found->second.clients : found->second.status;
  if (struck && client && bruin_ == weather::no_client)
    x.body = json::array();
  if (struck && client && bruin_ == weather::wrong_client)
    x.body = json::array({{{"client_id", 666}, {"client_name", "WRONG"}}});
  if (struck && !client && bruin_ == weather::no_status)
    x.body = nullptr;
  if (client && !x.body.empty())
    x.body.front()["answer"] = x.number = ++replies_;
  x.bytes = ok(x.body);
  return x;
}

/// All probes, or where paging broke a part of them, with some that are of no use.
upstream::answer upstream::probes(bool partial) {
  answer x;
  x.number = ++replies_;
  for (auto& [serial, device] : fleet_.fleet)
    device.last_contact = contact_of(serial, x.number);
  auto list = fleet_.probes();
  if (partial)
    for (auto left = luck_.between(1, list.size() + 1); left > 0 && !list.empty(); --left)
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(luck_.below(list.size())));
  spoil(list);
  for (const auto& probe : list)
    if (probe.at("nodetonode").at("lastUpdate") != "never")
      x.listed.insert(probe.at("serialNumber").get<std::string>());
  if (luck_.one_in(4)) {
    list.push_back(nullptr);
    list.push_back({{"probeId", 1}, {"serialNumber", " "}});
    list.push_back({{"serialNumber", "N1"}, {"nodetonode", {{"lastUpdate", "never"}}}});
  }
  x.good = true;
  x.bytes = ok(list);
  return x;
}

/// Upstream answers by pages: those after an error are missing. Or contacts are.
void upstream::spoil(json& list) {
  if (luck_.one_in(2))
    std::shuffle(list.begin(), list.end(), luck_.engine());
  if (hawkeye_ == weather::cut) {
    const auto page = 2 + share_ % 9;
    const auto pages = (list.size() + page - 1) / page;
    while (pages > 0 && list.size() > page * (share_ % pages))
      list.erase(list.size() - 1);
  } else if (hawkeye_ == weather::contactless) {
    for (auto& probe : list)
      if ((fingerprint(probe.at("serialNumber").get<std::string>()) ^ share_) % 100 < share_ % 100)
        probe["nodetonode"]["lastUpdate"] = "never";
  }
}

/// Too large for NATS: it stands in Redis, or did and is gone.
upstream::answer upstream::offloaded(answer what) {
  if (!luck_.per_mille(rates.stored))
    return what;
  log_.note(0, "reply offloaded");
  const auto token = "00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + what.number);
  if (!luck_.one_in(4))
    payloads->insert_or_assign(token, what.bytes);
  what.bytes = json{{"is_stored", true}, {"token", token}}.dump();
  return what;
}

upstream::answer upstream::wrong(const question& to) {
  if (luck_.below(rates.corrupted + rates.refused) < rates.refused)
    return broken(static_cast<weather>(luck_.between(2, 4)));
  answer x = right(to);
  x.good = false;
  switch (luck_.below(4)) {
  case 0: // cut off
    x.bytes.resize(luck_.below(x.bytes.size()));
    break;
  case 1: // a byte that no JSON holds
    x.bytes[luck_.below(x.bytes.size())] = '\x01';
    break;
  case 2:
    x.bytes = ok({{"error", "wrong shape"}});
    break;
  default:
    x.bytes = R"({"body":)" + std::string(luck_.one_in(2) ? "[]" : "null") + R"(,"status":null})";
  }
  return x;
}

upstream::answer upstream::broken(weather how) {
  switch (how) {
  case weather::no_responders:
    return {"", true, 0, {}, false, {}};
  case weather::error:
    return {R"({"body":null,"status":500})", false, 0, {}, false, {}};
  default:
    return {"?", false, 0, {}, false, {}};
  }
}

void upstream::add_devices(std::size_t count) {
  for (; count > 0; --count) {
    auto& device = fleet_.fleet["S" + std::to_string(10'000 + ++names_)];
    device.clients.front()["client_id"] = 1 + names_ % 5;
  }
}

std::string upstream::any_serial() {
  return "S" + std::to_string(10'000 + luck_.between(1, names_ + 1));
}

void upstream::change_fleet() {
  auto& all = fleet_.fleet;
  const auto any = [&] {
    auto at = all.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(luck_.below(all.size())));
    return at;
  };
  const auto what = luck_.below(8);
  log_.note(0, "fleet", std::to_string(what));
  if (all.empty() || (what == 0 && all.size() < 70))
    return add_devices(luck_.between(1, 10));
  if (what == 1) { // many go at once: a case for the guard
    for (auto left = luck_.below(all.size()); left > 0; --left)
      all.erase(any());
    return;
  }
  for (auto left = luck_.between(1, 3); left > 0 && !all.empty(); --left) {
    auto& device = any()->second;
    if (what == 2)
      all.erase(any());
    else if (what == 3)
      device.clients = json::array();
    else if (what == 4)
      device.status = luck_.one_in(2) ? json(nullptr) : json("Inactive");
    else if (what == 5)
      device.clients = json::array({{{"client_id", 7}, {"client_name", "A"}}, {{"client_id", 8}}});
    else {
      device.clients = json::array({{{"client_id", luck_.below(100)}, {"client_name", nullptr}}});
      device.status = luck_.one_in(2) ? gold : "Pending";
    }
  }
}

std::map<std::string, std::string> upstream::monitored() const {
  std::map<std::string, std::string> result;
  const auto& statuses = options_.bruin.monitored_statuses;
  for (const auto& [serial, device] : fleet_.fleet)
    if (!device.clients.empty() && device.status.is_string()
        && std::count(statuses.begin(), statuses.end(), device.status.get<std::string>()) != 0)
      result.emplace(serial, device.clients.front().dump());
  return result;
}

} // namespace hawkeye::simulation
