// What was said about every device survives in Redis, and what somebody else wrote there is
// believed only as far as it can be true.
#include "messages/snapshot/packed_states.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "messages/base/zstd_frame.hpp"
#include "messages/snapshot/stored_snapshot.hpp"
#include "tests/messages/snapshot/words.hpp"

namespace hawkeye {
namespace {

using nlohmann::json;

constexpr asked_at long_ago = 1'600'000'000'000'000;

std::string content_of(const std::string& serial, std::size_t i) {
  const auto day = std::to_string(10 + i % 20);
  return R"({"serial_number":")" + serial + R"(","last_contact":"2020-07-)" + day
         + R"(","bruin_client_info":{"client_id":)" + std::to_string(i % 7) + "}}";
}

device device_of(std::size_t i, const device_state& state) {
  const auto serial = "S" + std::to_string(i);
  auto content = content_of(serial, i);
  const auto day = parse_timestamp("2020-07-" + std::to_string(10 + i % 20)).value();
  return {serial, day, std::move(content), state};
}

device_state shifted(device_state x, asked_at by) {
  for (auto* stamp : {&x.listing.yes, &x.listing.no, &x.listing.removed, &x.listing.run_after,
                      &x.listing.run_start, &x.verdict.yes, &x.verdict.no, &x.verdict.removed,
                      &x.verdict.run_after, &x.verdict.run_start, &x.client_asked, &x.expired})
    if (*stamp > 0)
      *stamp += by;
  return x;
}

/// Random words about `count` devices, in steps of `unit` microseconds.
snapshot some_snapshot(std::size_t count, asked_at unit, std::uint64_t seed) {
  words::generator random{seed};
  snapshot_meta meta;
  meta.version = 3;
  meta.built_at = timestamp{1'600'000'000, 0};
  std::vector<device> in;
  std::vector<kept_device> kept;
  for (std::size_t i = 0; i < count; ++i) {
    auto state = i % 3 > 0 ? state_as_of(words::pick(random, 99) + 1) : words::random_state(random);
    state = shifted(state, long_ago + words::pick(random, 999) * unit);
    auto device = device_of(i, state);
    if (state.is_in())
      in.push_back(std::move(device));
    else if (i % 2 == 0)
      kept.push_back({device.serial_number, state, device.json});
    else {
      state.listing.yes = state.client_asked = 0;
      kept.push_back({device.serial_number, state, ""});
    }
  }
  return {meta, std::move(in), std::move(kept)};
}

restored_snapshot restored(const snapshot& x, const std::string& meta) {
  const auto read = read_stored_snapshot(make_payload(x.array()), meta);
  REQUIRE(read.has_value());
  REQUIRE(read->value != nullptr);
  return *read;
}

void check_same_states(const snapshot& x, const snapshot& y) {
  REQUIRE(x.array() == y.array());
  for (std::size_t i = 0; i < x.size(); ++i)
    CHECK(x.state(i) == y.state(i));
  CHECK(x.kept() == y.kept());
  CHECK(x.newest() == y.newest());
}

TEST_CASE("all that was said is restored as it was") {
  for (const asked_at unit : {1, 1000})
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto x = some_snapshot(200, unit, seed);
      REQUIRE(x.size() > 50);
      REQUIRE(x.kept().size() > 20);
      const auto back = restored(x, write_meta(x));
      CHECK(back.note.empty());
      check_same_states(x, *back.value);
      const auto same = std::make_shared<const snapshot>(x);
      CHECK(merge(back.value, same) == back.value);
    }
}

TEST_CASE("that all devices have left is restored, too") {
  const auto some = some_snapshot(200, 1000, 1);
  const snapshot x{some.meta(), {}, some.kept()};
  const auto back = restored(x, write_meta(x));
  CHECK(back.note.empty());
  check_same_states(x, *back.value);
}

TEST_CASE("a meta in format 1, without states, says when Bruin last answered") {
  std::vector<device> devices;
  for (std::size_t i = 0; i < 3; ++i)
    devices.push_back(device_of(i, {}));
  const snapshot x{{5, timestamp{1'600'000'000, 0}, {}}, std::move(devices)};
  auto meta = json::parse(write_meta(x));
  meta.erase("state");
  meta.erase("format");
  meta["carried_over"] = {{"S1", "2020-09-13T08:26:40Z"}, {"S2", "2100-01-01"}};
  const auto back = restored(x, meta.dump());
  CHECK(back.note.empty());
  for (std::size_t i = 0; i < 3; ++i) {
    const auto state = back.value->state(i);
    const auto serial = serial_of(back.value->at(i));
    CAPTURE(serial);
    CHECK(state.is_in());
    CHECK(state.listing.yes == 1'600'000'000'000'000);
    CHECK(state.verdict.yes == (serial == "S1" ? 1'599'985'600'000'000 : 1'600'000'000'000'000));
    CHECK(state.silent_for == (serial == "S1" ? std::chrono::hours{4} : std::chrono::hours{0}));
    CHECK(state.why_in() == (serial == "S1" ? outcome::carried_over : outcome::monitored));
  }
}

TEST_CASE("a meta of a later release is named, and the array is served") {
  const auto x = some_snapshot(20, 1, 1);
  auto meta = json::parse(write_meta(x));
  meta["format"] = 3;
  const auto back = restored(x, meta.dump());
  CHECK(back.foreign_format);
  CHECK(back.note.find("later release") != std::string::npos);
  CHECK(back.value->array() == x.array());
  CHECK(back.value->kept().empty());
  CHECK_FALSE(restored(x, write_meta(x)).foreign_format);
}

TEST_CASE("states that cannot be read are ignored with a note, and the array is served") {
  const auto x = some_snapshot(50, 1000, 2);
  const auto good = write_meta(x);
  const auto with_state = [&](const json& state) {
    auto meta = json::parse(good);
    meta["state"] = state;
    return meta.dump();
  };
  const auto packed = pack_states(x);
  std::vector<json> wrong{"",
                          "!!!!",
                          "AAAA",
                          packed.substr(0, packed.size() / 2),
                          packed.substr(4),
                          pack_states(some_snapshot(20, 1000, 3))};
  for (const auto& state : wrong) {
    CAPTURE(state);
    const auto back = restored(x, with_state(state));
    CHECK(back.note.find("states") != std::string::npos);
    CHECK(back.value->array() == x.array());
    for (std::size_t i = 0; i < x.size(); ++i)
      CHECK(back.value->state(i) == state_as_of(1'600'000'000'000'000));
  }
  for (const auto& state : {json{7}, json(nullptr), json::object()})
    CHECK(restored(x, with_state(state)).value->array() == x.array());
}

TEST_CASE("a forged count of statuses takes no memory for statuses that no device has") {
  const std::size_t statuses = 1'000'000;
  std::string forged{'\0', '\1', '\1', '\0'}; // base, unit, devices served, devices kept
  forged += std::string(16, '\0');            // columns that are all zero
  for (auto left = statuses; left > 0; left >>= 7)
    forged += static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
  forged += std::string(statuses, '\0'); // the statuses, all empty
  forged += std::string(17, '\0');       // of the devices kept
  const auto bytes = compressor{}.compress(forged);
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  const auto read = unpack_states(text, 1);
  CHECK_FALSE(read.has_value());
}

TEST_CASE("a device that the array has is served, whatever the states say of it") {
  std::vector<device> devices;
  for (std::size_t i = 0; i < 3; ++i) // of the first one, no question can have been asked then
    devices.push_back(device_of(i, state_as_of(i == 0 ? last_asked + 5 : long_ago)));
  const snapshot forged{{5, timestamp{1'500'000'000, 0}, {}}, std::move(devices)};
  const auto back = restored(forged, write_meta(forged));
  CHECK(back.note.find("1 states of devices dropped") != std::string::npos);
  CHECK(back.value->size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(back.value->state(i).is_in());
}

TEST_CASE("a status longer than Bruin's can be, or a silence of a century, is not believed") {
  std::vector<device_state> said(3, state_as_of(long_ago));
  said[0].status = std::string(max_status_bytes, 'x');
  said[1].status = std::string(max_status_bytes + 1, 'x');
  said[2].silent_for = 24h * 36'600;
  std::vector<device> devices;
  for (std::size_t i = 0; i < said.size(); ++i)
    devices.push_back(device_of(i, said[i]));
  const snapshot forged{{5, timestamp{1'600'000'000, 0}, {}}, std::move(devices)};
  const auto back = restored(forged, write_meta(forged));
  CHECK(back.note.find("2 states of devices dropped") != std::string::npos);
  REQUIRE(back.value->size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto state = back.value->state(i);
    CHECK(state.status.size() == (serial_of(back.value->at(i)) == "S0" ? max_status_bytes : 0));
    CHECK(state.silent_for == 0ms);
  }
}

TEST_CASE(
    "words about a device that the array lacks are kept, but not its content if that is none") {
  auto out = state_as_of(long_ago);
  out.verdict.removed = out.verdict.no = long_ago + 1;
  std::vector<device> devices;
  devices.push_back(device_of(0, state_as_of(long_ago)));
  std::vector<kept_device> kept{{"GONE", out, content_of("GONE", 1)},
                                {"", out, content_of("", 1)}, // of an older service's array
                                {"OTHER", out, content_of("S0", 1)},
                                {"BROKEN", out, "{"},
                                {"S0", out, content_of("S0", 1)}};
  const snapshot x{{5, timestamp{1'600'000'000, 0}, {}}, std::move(devices), std::move(kept)};
  const auto back = restored(x, write_meta(x));
  CHECK(back.note.find("3 states of devices dropped") != std::string::npos);
  REQUIRE(back.value->kept().size() == 2);
  for (const auto& x : back.value->kept())
    CHECK((x.serial_number == "GONE" || x.serial_number.empty()));
}

TEST_CASE("whatever is damaged in the states, what is served is the array") {
  const auto x = some_snapshot(60, 1000, 6);
  const auto packed = pack_states(x);
  words::generator random{7};
  for (int i = 0; i < 3000; ++i) {
    auto damaged = packed;
    damaged[random() % damaged.size()] = "ABCDEFGHabcdefgh01234567+/"[random() % 26];
    const auto read = unpack_states(damaged, x.size());
    if (read)
      CHECK(read->served.size() == x.size());
  }
}

} // namespace
} // namespace hawkeye
