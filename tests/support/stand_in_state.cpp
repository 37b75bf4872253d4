// Serving, counting and changing the stand-in's mind.
#include "tests/support/stand_in_state.hpp"

#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>

namespace hawkeye::stand_in {

namespace {

using nlohmann::json;

constexpr std::size_t kept_notices = 500;

std::size_t at(bridge x) {
  return static_cast<std::size_t>(x);
}

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

std::string refusal(const std::string& why) {
  return json{{"ok", false}, {"error", why}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

state::state(const options& with)
    : with_{with}, fleet_{std::make_shared<const fleet>(with.fleet)}, random_{with.fleet.seed} {}

fault& state::fault_of(bridge x) {
  switch (x) {
  case bridge::hawkeye:
    return with_.hawkeye;
  case bridge::client_info:
    return with_.client_info;
  default:
    return with_.management_status;
  }
}

fault_kind state::pick_fault(const call& asked) {
  auto& of = fault_of(asked.to);
  if (of.kind == fault_kind::none || of.count == 0)
    return fault_kind::none;
  random_ += 0x9E3779B97F4A7C15u;
  const auto random = with_.sticky_faults
                          ? mix(std::hash<std::string>{}(asked.serial_number) + with_.fleet.seed)
                          : mix(random_);
  if (static_cast<double>(random % 10'000) >= of.percent * 100)
    return fault_kind::none;
  if (of.count != unlimited)
    --of.count;
  ++counters_[at(asked.to)].faults;
  return of.kind;
}

/// The moment at which a call that came now is answered: as many places as `parallel`, each busy
/// for the latency; who finds none free waits in line.
state::clock::time_point state::take_place(bridge x, clock::time_point now) {
  if (with_.parallel == 0)
    return now + with_.latency;
  auto& places = places_[x == bridge::hawkeye ? 0 : 1];
  auto begin = now;
  while (places.size() > with_.parallel)
    places.pop();
  if (places.size() == with_.parallel) {
    begin = std::max(now, places.top());
    places.pop();
  }
  places.push(begin + with_.latency);
  return begin + with_.latency;
}

state::plan state::admit(call& asked, clock::time_point now) {
  const std::lock_guard lock{mutex_};
  auto& count = counters_[at(asked.to)];
  ++count.requests;
  count.max_in_flight = std::max(count.max_in_flight, ++count.in_flight);
  if (asked.to != bridge::hawkeye)
    bruin_max_in_flight_ = std::max(bruin_max_in_flight_, ++bruin_in_flight_);
  if (asked.to == bridge::management_status && asked.problem.empty()) {
    const auto index = fleet_->find(asked.serial_number);
    if (index && fleet_->client_id(*index) != asked.client_id)
      asked.problem = "body.client_id is not the client of this service number";
  }
  plan result{fleet_, fault_kind::none, take_place(asked.to, now), with_.late_by, with_.huge_bytes};
  if (asked.problem.empty())
    result.wrong = pick_fault(asked);
  else
    ++count.bad_requests;
  return result;
}

void state::answered(bridge by) {
  const std::lock_guard lock{mutex_};
  auto& count = counters_[at(by)];
  ++count.answered;
  --count.in_flight;
  if (by != bridge::hawkeye)
    --bruin_in_flight_;
}

void state::lost(bridge by) {
  const std::lock_guard lock{mutex_};
  ++counters_[at(by)].lost;
}

void state::notified(std::size_t notifier, std::string_view message) {
  const std::lock_guard lock{mutex_};
  auto& into = notices_[notifier];
  ++into.count;
  into.latest.emplace_back(message);
  if (into.latest.size() > kept_notices)
    into.latest.pop_front();
}

void state::reset_counters() {
  for (auto& x : counters_) {
    const auto in_flight = x.in_flight;
    x = {};
    x.in_flight = x.max_in_flight = in_flight;
  }
  bruin_max_in_flight_ = bruin_in_flight_;
  notices_ = {};
}

std::string state::control(std::string_view request) {
  const auto document = json::parse(request.begin(), request.end(), nullptr, false);
  if (!document.is_object())
    return refusal("the request is no JSON object");
  const std::lock_guard lock{mutex_};
  auto changed = with_;
  bool reset = false;
  for (const auto& [key, value] : document.items()) {
    if (key == "reset_stats") {
      reset = value == true;
      continue;
    }
    const auto text = value.is_string() ? value.get<std::string>() : value.dump();
    if (auto why = set_option(changed, key, text))
      return refusal(key + " " + *why);
  }
  if (!(changed.fleet == with_.fleet))
    fleet_ = std::make_shared<const fleet>(changed.fleet);
  if (changed.parallel != with_.parallel || changed.latency != with_.latency)
    places_ = {};
  with_ = changed;
  if (reset)
    reset_counters();
  return R"({"ok":true})";
}

std::string state::stats() const {
  const std::lock_guard lock{mutex_};
  json result;
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const auto& x = counters_[i];
    result["subjects"][bridge_subjects[i]] = {{"requests", x.requests},
                                              {"answered", x.answered},
                                              {"lost", x.lost},
                                              {"faults", x.faults},
                                              {"bad_requests", x.bad_requests},
                                              {"in_flight", x.in_flight},
                                              {"max_in_flight", x.max_in_flight}};
  }
  result["bruin"] = {{"in_flight", bruin_in_flight_}, {"max_in_flight", bruin_max_in_flight_}};
  constexpr std::array<const char*, 2> names{"slack", "email"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = names[i];
    result[name + "_count"] = notices_[i].count;
    result[name] = json::array();
    for (const auto& x : notices_[i].latest) {
      auto message = json::parse(x, nullptr, false);
      result[name].push_back(message.is_discarded() ? json(x) : std::move(message));
    }
  }
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string state::expected(std::string_view request) const {
  const auto document = json::parse(request.begin(), request.end(), nullptr, false);
  const bool partial = document.is_object() && document.value("partial", json{}) == true;
  const auto from = [this] {
    const std::lock_guard lock{mutex_};
    return fleet_;
  }();
  return from->expected(partial);
}

bool state::subscribed(bridge x) const {
  const std::lock_guard lock{mutex_};
  const auto& of = const_cast<state*>(this)->fault_of(x);
  return of.kind != fault_kind::not_subscribed || of.percent < 100 || of.count != unlimited;
}

} // namespace hawkeye::stand_in
