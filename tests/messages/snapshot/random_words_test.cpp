// Whatever the bridges say, in whatever order: who is served leaves only for a reason that section
// "When a device leaves" of docs/architecture.md names, and a later word is never undone by an
// older one.
#include <array>
#include <map>
#include <optional>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/snapshot/build_snapshot.hpp"
#include "messages/snapshot/stored_snapshot.hpp"
#include "tests/messages/snapshot/words.hpp"

namespace hawkeye {
namespace {

using nlohmann::json;

constexpr asked_at one_minute = 60'000'000;
constexpr int devices = 12;

std::string device_name(int i) {
  return "S" + std::to_string(10 + i);
}

/// What is known, from the words alone, of one device.
struct history {
  std::optional<asked_at> yes;  ///< Bruin's latest yes
  std::vector<asked_at> no;     ///< Bruin's no's since then
  std::vector<asked_at> absent; ///< lists without it since the last one with it
  std::chrono::milliseconds silent{0};
  int client = -1; ///< the last one that Bruin named
};

/// One instance that refreshes, and what was said to it.
class world {
public:
  explicit world(std::uint64_t seed) : random_{seed} {
    rules_.guard_min_devices = random_() % 4;
    rules_.guard_max_drop = static_cast<unsigned>(random_() % 5 * 25);
    rules_.max_stale = std::chrono::hours{random_() % 3 * 2};
  }

  void refresh() {
    now_ += 1000 + static_cast<asked_at>(random_() % 12) * one_minute;
    const bool bad_day = random_() % 3 == 0, cut = random_() % 4 == 0;
    probe_list probes;
    resolution_list resolutions;
    for (int i = 0; i < devices; ++i) {
      auto& device = known_[i];
      if (random_() % (cut ? 2 : 12) == 0) {
        if (random_() % 3 == 0)
          probes.discarded.push_back({device_name(i), outcome::never_contacted, "", {}});
        device.absent.push_back(now_);
        device.silent += std::chrono::duration_cast<std::chrono::milliseconds>(elapsed_);
        continue;
      }
      device.absent.clear();
      const timestamp contact{static_cast<std::int64_t>(random_() % 99), 0};
      probes.probes.push_back({device_name(i), to_string(contact), contact, R"("probe_id":1)"});
      resolutions.push_back(answer(device, bad_day));
    }
    refresh_answers answers{probes, resolutions, now_, to_timestamp(now_)};
    answers.elapsed = elapsed_;
    const auto before = current_;
    const auto result = build_snapshot(before, answers, rules_);
    current_ = result.next;
    check(before, result);
    // What is stored and restored goes on as if nothing had happened.
    if (current_->size() > 0 && random_() % 4 == 0)
      current_ =
          read_stored_snapshot(make_payload(current_->array()), write_meta(*current_))->value;
  }

private:
  resolution answer(history& device, bool bad_day) {
    resolution result;
    const auto pick = random_() % (bad_day ? 3 : 12);
    const auto client = static_cast<int>(random_() % 5);
    if (pick == 0) {
      result.why = random_() % 2 == 0 ? outcome::no_customer : outcome::not_monitored;
      if (result.why == outcome::not_monitored)
        name(result, device, client);
      device.no.push_back(now_);
    } else if (pick == 1) {
      result.why =
          random_() % 2 == 0 ? outcome::client_info_failed : outcome::management_status_failed;
      if (result.why == outcome::management_status_failed)
        name(result, device, client);
      device.silent += std::chrono::duration_cast<std::chrono::milliseconds>(elapsed_);
    } else {
      result.why = outcome::monitored;
      name(result, device, client);
      device.yes = now_;
      device.no.clear();
      device.silent = {};
    }
    return result;
  }

  static void name(resolution& to, history& device, int client) {
    to.client = R"({"client_id":)" + std::to_string(client) + "}";
    device.client = client;
  }

  bool confirmed(const std::vector<asked_at>& words) const {
    return words.size() > 1 && words.back() == now_
           && words.back() - words.front() >= to_asked(rules_.guard_confirm_after);
  }

  void check(const snapshot_ptr& before, const build_result& result) {
    std::set<std::string> served_before;
    for (std::size_t i = 0; before && i < before->size(); ++i)
      served_before.insert(serial_of(before->at(i)));
    std::map<std::string, int> served;
    for (const auto& x : json::parse(current_->array()))
      served[x["serial_number"].get<std::string>()] =
          x["bruin_client_info"]["client_id"].get<int>();
    std::size_t lost_unconfirmed = 0;
    for (int i = 0; i < devices; ++i) {
      const auto& device = known_[i];
      const bool in = served.contains(device_name(i));
      CAPTURE(device_name(i));
      if (in && device.absent.empty())
        CHECK(served[device_name(i)] == device.client);
      if (in || !served_before.contains(device_name(i)))
        continue;
      const bool too_old = device.silent > rules_.max_stale && device.absent.empty();
      const bool said_no = !device.no.empty() && device.no.back() == now_;
      CHECK((confirmed(device.absent) || too_old || said_no));
      lost_unconfirmed += said_no && !confirmed(device.no);
    }
    if (lost_unconfirmed > rules_.guard_min_devices)
      CHECK(lost_unconfirmed * 100 <= served_before.size() * rules_.guard_max_drop);
    // Whoever was answered yes last, and is listed, is in.
    for (int i = 0; i < devices; ++i)
      if (known_[i].yes == now_ && known_[i].absent.empty())
        CHECK(served.contains(device_name(i)));
    std::uint64_t in = 0;
    for (std::size_t i = 0; i < outcome_count; ++i)
      if (is_served(static_cast<outcome>(i)))
        in += result.counts.values[i];
    CHECK(in == served.size());
  }

  words::generator random_;
  removal_rules rules_;
  std::map<int, history> known_;
  snapshot_ptr current_;
  asked_at now_ = 1'600'000'000'000'000;
  duration elapsed_ = 30min;
};

TEST_CASE("who is served leaves only for a reason, whatever is said") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    world x{seed};
    for (int i = 0; i < 25; ++i)
      x.refresh();
  }
}

TEST_CASE("instances that heard different words agree once they have met, in whatever order") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    words::generator random{seed};
    removal_rules rules;
    asked_at now = 1'600'000'000'000'000;
    std::array<snapshot_ptr, 3> instances;
    for (int i = 0; i < 12; ++i) {
      now += 1000 + words::pick(random, 10) * one_minute;
      probe_list probes;
      resolution_list resolutions;
      for (int k = 0; k < devices; ++k)
        if (random() % 6 > 0) {
          probes.probes.push_back(
              {device_name(k), "2020-01-01", {1'577'836'800, 0}, R"("probe_id":1)"});
          resolution said;
          said.why = random() % 4 > 0 ? outcome::monitored : outcome::no_customer;
          if (said.why == outcome::monitored)
            said.client = R"({"client_id":)" + std::to_string(random() % 9) + "}";
          resolutions.push_back(said);
        }
      auto& one = instances[random() % instances.size()];
      refresh_answers answers{probes, resolutions, now, to_timestamp(now)};
      one = build_snapshot(one, answers, rules).next;
      if (random() % 4 == 0) {
        auto& other = instances[random() % instances.size()];
        one = other = merge(one, other);
      }
    }
    const auto& [a, b, c] = instances;
    const auto all = merge(merge(a, b), c);
    if (!all)
      continue;
    for (const auto& other :
         {merge(a, merge(b, c)), merge(merge(c, b), a), merge(merge(b, a), merge(c, a))}) {
      CHECK(other->array() == all->array());
      CHECK(other->kept() == all->kept());
      CHECK(other->meta().counts == all->meta().counts);
    }
    for (const auto& x : {a, b, c})
      CHECK(merge(all, x) == all);
  }
}

} // namespace
} // namespace hawkeye
