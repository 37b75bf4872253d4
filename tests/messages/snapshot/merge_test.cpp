// Two snapshots come together device by device, and nothing is chosen between them as a whole.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "messages/snapshot/snapshot.hpp"
#include "tests/messages/snapshot/words.hpp"

namespace hawkeye {
namespace {

using nlohmann::json;

device device_of(const std::string& serial, const std::string& content, const device_state& state) {
  auto object = json::parse(content);
  object["serial_number"] = serial;
  const auto contact = parse_timestamp(object["last_contact"].get<std::string>()).value();
  return {serial, contact, object.dump(), state};
}

/// Devices with random words, in or not.
snapshot_ptr random_snapshot(words::generator& random) {
  snapshot_meta meta;
  meta.version = random() % 3;
  if (random() % 4 > 0)
    meta.built_at = timestamp{static_cast<std::int64_t>(random() % 3), 0};
  meta.counts[outcome::no_customer] = random() % 3;
  std::vector<device> in;
  std::vector<kept_device> kept;
  for (const char* serial : {"A", "B", "C", "D"}) {
    const auto [state, content] = words::random_known(random);
    if (random() % 4 == 0)
      continue;
    if (state.is_in() && !content.empty())
      in.push_back(device_of(serial, content, state));
    else
      kept.push_back(
          {serial, state, content.empty() ? "" : device_of(serial, content, state).json});
  }
  return std::make_shared<const snapshot>(meta, std::move(in), std::move(kept));
}

/// All that a merge is about: not the version.
bool same(const snapshot_ptr& a, const snapshot_ptr& b) {
  if (a->array() != b->array() || a->kept() != b->kept() || a->meta().built_at != b->meta().built_at
      || a->meta().counts[outcome::no_customer] != b->meta().counts[outcome::no_customer])
    return false;
  for (std::size_t i = 0; i < a->size(); ++i)
    if (a->state(i) != b->state(i) || a->last_contact(i) != b->last_contact(i))
      return false;
  return true;
}

TEST_CASE("snapshots come together in whatever order, as often as one likes") {
  words::generator random{8};
  for (int i = 0; i < 3000; ++i) {
    const auto a = random_snapshot(random), b = random_snapshot(random),
               c = random_snapshot(random);
    CAPTURE(i);
    CHECK(same(merge(a, b), merge(b, a)));
    CHECK(same(merge(merge(a, b), c), merge(a, merge(b, c))));
    CHECK(merge(a, std::make_shared<const snapshot>(*a)) == a);
    const auto both = merge(a, b);
    CHECK(merge(both, a) == both);
    CHECK(merge(b, both) == (same(b, both) ? b : both));
  }
}

TEST_CASE("nothing and a snapshot are that snapshot") {
  const auto x = std::make_shared<const snapshot>(snapshot_meta{}, std::vector<device>{});
  CHECK(merge(x, nullptr) == x);
  CHECK(merge(nullptr, x) == x);
  CHECK(merge(nullptr, nullptr) == nullptr);
}

TEST_CASE("a good snapshot loses nothing to a later one that knows less") {
  std::vector<device> all, few;
  const auto content = [](int i) {
    return R"({"last_contact":"2020-07-15","bruin_client_info":{"client_id":)" + std::to_string(i)
           + "}}";
  };
  for (int i = 0; i < 100; ++i)
    all.push_back(device_of("S" + std::to_string(i), content(i), state_as_of(1'000'000)));
  for (int i = 0; i < 5; ++i)
    few.push_back(device_of("S" + std::to_string(i), content(i + 1000), state_as_of(9'000'000)));
  snapshot_meta before, after;
  before.version = 7;
  before.built_at = timestamp{1, 0};
  after.version = 1;
  after.built_at = timestamp{9, 0};
  const auto merged = merge(std::make_shared<const snapshot>(before, all),
                            std::make_shared<const snapshot>(after, few));
  CHECK(merged->size() == 100);
  CHECK(merged->meta().built_at == timestamp{9, 0});
  CHECK(merged->meta().version == 7);
  CHECK(merged->newest() == 9'000'000);
  int later = 0;
  for (const auto& x : json::parse(merged->array()))
    later += x["bruin_client_info"]["client_id"] >= 1000;
  CHECK(later == 5);
}

TEST_CASE("a removal is remembered however late others are, for a hundred thousand devices") {
  constexpr asked_at day = 86'400'000'000;
  const auto gone = [](const std::string& serial, asked_at removed) {
    auto state = state_as_of(removed - 5);
    state.verdict.removed = state.verdict.no = removed;
    return kept_device{serial, state, R"({"serial_number":")" + serial + "\"}"};
  };
  const auto of = [](std::vector<kept_device> kept, asked_at served) {
    std::vector<device> in;
    in.push_back(device_of("A", R"({"last_contact":"2020-07-15"})", state_as_of(served)));
    return std::make_shared<const snapshot>(snapshot_meta{}, std::move(in), std::move(kept));
  };
  const auto old = of({gone("X", 100 * day)}, 100 * day);
  // An instance whose wall clock is years ahead was disconnected and still serves the device.
  const auto later = std::make_shared<const snapshot>(
      snapshot_meta{},
      std::vector{device_of("A", R"({"last_contact":"2020-07-15"})", state_as_of(1600 * day)),
                  device_of("X", R"({"last_contact":"2020-07-15"})", state_as_of(99 * day))});
  const auto merged = merge(old, later);
  CHECK(merged->size() == 1);
  REQUIRE(merged->kept().size() == 1);
  CHECK(merge(later, merged)->size() == 1);
  std::vector<kept_device> many;
  for (std::size_t i = 0; i < max_kept_devices + 10; ++i)
    many.push_back(gone("S" + std::to_string(i), 100 * day + static_cast<asked_at>(i)));
  const auto capped = of(many, 100 * day);
  REQUIRE(capped->kept().size() == max_kept_devices);
  for (const auto& x : capped->kept())
    CHECK(x.state.verdict.removed >= 100 * day + 10);
}

} // namespace
} // namespace hawkeye
