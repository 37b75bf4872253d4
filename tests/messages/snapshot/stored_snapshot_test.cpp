// What stands in Redis comes back as it was, and what another program left there harms nobody.
#include "messages/snapshot/stored_snapshot.hpp"

#include <algorithm>
#include <charconv>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hawkeye {
namespace {

using nlohmann::json;
using optional_text = std::optional<std::string>;

restored_snapshot restored(std::string_view array, const optional_text& meta = {}) {
  const auto read = read_stored_snapshot(make_payload(array), meta);
  CAPTURE(array.substr(0, 200));
  if (const auto* why = error_of(read))
    FAIL(why->reason);
  return *read;
}

std::string why_not(std::string_view array) {
  const auto read = read_stored_snapshot(make_payload(array), std::nullopt);
  const auto* why = error_of(read);
  return why ? why->reason : "";
}

std::string device_text(std::string_view serial, std::string_view contact) {
  return device_json(serial, contact, R"({"client_id":1,"x":[{}]})", R"("probe_id":"27")");
}

snapshot some_snapshot(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::uniform_int_distribution<std::int64_t> second{-5, 50};
  snapshot_meta meta;
  meta.version = 1 + seed;
  meta.built_at = timestamp{1'600'000'000 + static_cast<std::int64_t>(seed), 123'000'000};
  for (std::size_t i = 0; i < outcome_count; ++i)
    meta.counts.values[i] = seed * 100 + i;
  std::vector<device> devices;
  for (std::size_t i = 0; i < count; ++i) {
    const auto serial = "S\"\\\n\xC3\xA4" + std::to_string(i);
    const timestamp at{second(random), static_cast<std::int32_t>(i % 3)};
    devices.push_back({serial, at, device_text(serial, to_string(at))});
  }
  return {std::move(meta), std::move(devices)};
}

void check_same(const snapshot& x, const snapshot& y) {
  CHECK(x.array() == y.array());
  REQUIRE(x.size() == y.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(x.at(i) == y.at(i));
    CHECK(x.last_contact(i) == y.last_contact(i));
  }
  CHECK(x.meta().version == y.meta().version);
  CHECK(x.meta().built_at == y.meta().built_at);
  CHECK(x.meta().counts == y.meta().counts);
}

/// Valid JSON, each device of it valid alone, newest first.
bool is_sorted_and_whole(const snapshot& x) {
  const auto whole = json::parse(x.array(), nullptr, false);
  if (!whole.is_array() || whole.size() != x.size())
    return false;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (json::parse(x.at(i), nullptr, false) != whole[i]
        || (i > 0 && x.last_contact(i - 1) < x.last_contact(i)))
      return false;
  return true;
}

TEST_CASE("a snapshot that was stored is restored whole, whatever it holds") {
  for (const std::size_t count : {1, 2, 100}) {
    const auto x = some_snapshot(count, count);
    const auto meta = write_meta(x);
    CHECK(json::accept(meta));
    CHECK(read_version(meta) == x.meta().version);
    CHECK(meta_head(x) == meta.substr(0, meta_head_bytes));
    CHECK(read_version(meta_head(x)) == x.meta().version);
    const auto back = restored(x.array(), meta);
    CHECK(back.note.empty());
    check_same(*back.value, x);
    CHECK(write_meta(*back.value) == meta);
  }
}

TEST_CASE(
    "the head of a meta tells one snapshot from another, whatever its version, time and size") {
  const auto with_client = [](char id) {
    snapshot_meta meta;
    meta.version = last_version - 1;
    meta.built_at = timestamp{1'600'000'000, 123'456'789};
    const auto text = device_json("S1", "2026-01-01T10:00:00Z",
                                  fmt::format(R"({{"client_id":{}}})", id), R"("probe_id":"27")");
    return snapshot{std::move(meta), {device{"S1", timestamp{1'767'261'600, 0}, text}}};
  };
  const auto one = with_client('1'), other = with_client('2');
  REQUIRE(one.array().size() == other.array().size());
  CHECK(is_same_meta(meta_head(one), meta_head(with_client('1'))));
  CHECK_FALSE(is_same_meta(meta_head(one), meta_head(other)));
  auto head = meta_head(one);
  head.replace(head.find("format"), 8, "counts"); // as in format 1
  CHECK(is_same_meta(head, meta_head(one)));
  CHECK_FALSE(is_same_meta("", ""));
  CHECK_FALSE(is_same_meta("[]", meta_head(one)));
}

TEST_CASE("an empty array is nothing to serve") {
  const auto never_had_any = write_meta(some_snapshot(0, 1));
  for (const auto& meta : {std::optional<std::string>{}, std::optional{never_had_any}})
    for (const char* array : {"[]", " [ \n] "}) {
      const auto back = restored(array, meta);
      CHECK(back.value == nullptr);
      CHECK(back.note == "the array is empty");
      CHECK(back.broken.empty());
    }
}

TEST_CASE("an array of another program is restored too, in our order, each serial once") {
  const auto a = device_text("A", "2020-07-15 15:25"), b = device_text("B", "2020-07-16"),
             c = device_text("C", "2020-07-15T15:25:00Z"),
             newer_a = device_text("A", "2020-07-17T00:00:00+02:00");
  struct row {
    std::string array;
    std::vector<std::string> expected;
  };
  const std::vector<row> rows{
      {"[" + b + "," + a + "," + c + "]", {b, a, c}},
      {"[" + a + "," + b + "," + c + "]", {b, a, c}},
      {"[" + c + "," + a + "," + b + "]", {b, a, c}},
      {" [ " + c + "\t,\n" + a + " , " + b + " ] ", {b, a, c}},
      {"[ " + b + "," + a + "," + c + "]", {b, a, c}},
      {"[" + b + " ," + a + "," + c + "]", {b, a, c}},
      {"[" + b + "," + a + "," + c + " ]", {b, a, c}},
      {"[" + b + "," + a + "," + c + "] ", {b, a, c}},
      {"[" + a + "," + newer_a + "," + b + "]", {newer_a, b}},
      {"[" + newer_a + "," + b + "," + a + "]", {newer_a, b}},
      {"[" + a + "," + a + "]", {a}},
  };
  for (const auto& x : rows) {
    const auto back = restored(x.array);
    CAPTURE(x.array);
    CHECK(back.value->meta().version == 0);
    CHECK_FALSE(back.value->meta().built_at);
    CHECK(back.note.find("no meta") != std::string::npos);
    REQUIRE(back.value->size() == x.expected.size());
    for (std::size_t i = 0; i < x.expected.size(); ++i)
      CHECK(back.value->at(i) == x.expected[i]);
    std::string joined;
    for (const auto& one : x.expected)
      joined += (joined.empty() ? "" : ",") + one;
    CHECK(back.value->array() == "[" + joined + "]");
    CHECK(back.value->first(x.expected.size()) == joined);
  }
}

TEST_CASE("an array in our order is taken as it stands, and its filters answer right") {
  std::mt19937_64 random{4};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto x = some_snapshot(30, seed);
    auto devices = json::parse(x.array());
    std::shuffle(devices.begin(), devices.end(), random);
    for (const auto& text : {std::string{x.array()}, devices.dump(), devices.dump(2)}) {
      const auto y = restored(text).value;
      REQUIRE(y->size() == x.size());
      for (std::int64_t second = -6; second < 52; ++second) {
        const timestamp filter{second, 1};
        REQUIRE(y->count_after(filter) == x.count_after(filter));
        const auto count = y->count_after(filter);
        CHECK(json::parse("[" + std::string{y->first(count)} + "]")
              == json::parse("[" + std::string{x.first(count)} + "]"));
      }
    }
  }
}

TEST_CASE("a value that is not ours to read is refused, and the reason names the entry") {
  const auto good = device_text("A", "2020-07-15");
  struct row {
    std::string array;
    std::string_view named;
  };
  const std::vector<row> rows{
      {"", "no valid JSON"},
      {"hello", "hello"},
      {"{}", "no JSON array"},
      {"null", "no JSON array"},
      {"\"[]\"", "no JSON array"},
      {"12", "no JSON array"},
      {"[", "no valid JSON"},
      {"[" + good, "no valid JSON"},
      {"[" + good + ",]", "no valid JSON"},
      {"[" + good + "]]", "no valid JSON"},
      {"[" + good + "] x", "no valid JSON"},
      {R"([{"serial_number":"A","last_contact":"2020-07-15","x":tru}])", "no valid JSON"},
      {"[{\"serial_number\":\"A\xFF\",\"last_contact\":\"2020-07-15\"}]", "no valid JSON"},
      {"[null]", "no object"},
      {"[\"A\"]", "device 0"},
      {R"([{"last_contact":"2020-07-15"}])", "serial_number"},
      {R"([{"serial_number":7,"last_contact":"2020-07-15"}])", "serial_number"},
      {R"([{"serial_number":null,"last_contact":"2020-07-15"}])", "serial_number"},
      {R"([{"serial_number":"A"}])", "last_contact"},
      {R"([{"serial_number":"A","last_contact":7}])", "last_contact"},
      {R"([{"serial_number":"A","last_contact":"never"}])", "no timestamp"},
      {R"([{"serial_number":"A","last_contact":"2020-13-15"}])", "no timestamp"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.array);
    const auto why = why_not(x.array);
    CAPTURE(why);
    CHECK(why.find(x.named) != std::string::npos);
  }
  CHECK(why_not(std::string(100'000, 'x')).size() < 300);
}

TEST_CASE("entries of an array that are no devices are left out and named, and the others served") {
  const auto good = device_text("A", "2020-07-15"), newer = device_text("B", "2020-07-16");
  for (const auto& array :
       {"[" + newer + ",7," + good + "]", "[" + newer + ",{}," + good + "]",
        "[" + good + R"(,{"serial_number":"C","last_contact":"never"},)" + newer + ",null]"}) {
    CAPTURE(array);
    const auto read = restored(array);
    CHECK(read.value->array() == "[" + newer + "," + good + "]");
    CHECK(read.note.find("device 1 of the stored array ") != std::string::npos);
    CHECK(read.note.find(array.ends_with("null]") ? "left out: 2;" : "left out: 1;")
          != std::string::npos);
  }
}

TEST_CASE("an array that is no JSON is refused, also where its meta belongs to it") {
  const auto of = some_snapshot(3, 7);
  const std::string array{of.array()};
  auto broken = array;
  const auto inside = broken.rfind("[{}]"); // of a client's field, which nobody else looks at
  REQUIRE(inside != std::string::npos);
  broken[inside + 3] = '}';
  auto meta = write_meta(of);
  const auto hex = [](const std::string& bytes) {
    char text[17];
    return std::string{text, std::to_chars(text, text + 16, fingerprint(bytes), 16).ptr};
  };
  const auto known = meta.find(hex(array));
  REQUIRE(known != std::string::npos);
  meta.replace(known, hex(array).size(), hex(broken));
  CHECK(read_stored_snapshot(make_payload(array), write_meta(of)).has_value());
  CHECK_FALSE(read_stored_snapshot(make_payload(broken), meta).has_value());
}

TEST_CASE("a meta of another array, or one that cannot be read, is ignored with a note") {
  const auto x = some_snapshot(10, 5), other = some_snapshot(10, 6);
  const auto good = write_meta(x);
  const auto changed = [&](const char* field, json value) {
    auto meta = json::parse(good);
    meta[field] = std::move(value);
    return meta.dump();
  };
  for (const auto& meta :
       {std::string{}, std::string{"x"}, std::string{"[]"}, std::string{"null"}, std::string{"{}"},
        good.substr(0, good.size() - 1), good + "}", write_meta(other), changed("version", 0),
        changed("version", -1), changed("version", "7"), changed("version", 1.5),
        changed("version", nullptr), changed("bytes", 7), changed("bytes", nullptr),
        changed("fingerprint", "0"), changed("fingerprint", 7), std::string(1'000, '[')}) {
    CAPTURE(meta);
    const auto back = restored(x.array(), meta);
    CHECK(back.note.find("meta ignored") != std::string::npos);
    // The next one has to come after it all the same.
    CHECK(back.value->meta().version == read_version(meta).value_or(0));
    CHECK_FALSE(back.value->meta().built_at);
    CHECK(back.value->array() == x.array());
  }
}

TEST_CASE("what is missing in our meta is unknown, the rest of it stands") {
  const auto x = some_snapshot(10, 5);
  auto meta = json::parse(write_meta(x));
  meta["built_at"] = "yesterday";
  meta["counts"] = {{"monitored", 3}, {"no_serial", "x"}, {"unheard_of", 7}};
  meta.erase("format");
  meta.erase("state");
  meta["carried_over"] = {{"A", "2020-07-15"}, {"B", 7}, {"C", "never"}, {"D", "2020-07-16"}};
  const auto back = restored(x.array(), meta.dump());
  CHECK(back.value->meta().version == 6);
  CHECK_FALSE(back.value->meta().built_at);
  CHECK(back.value->meta().counts[outcome::monitored] == 3);
  CHECK(back.value->meta().counts[outcome::no_serial] == 0);
  CHECK(back.note.find("2 unreadable carry-over marks") != std::string::npos);
  for (const char* field : {"built_at", "counts", "carried_over"})
    meta.erase(field);
  const auto bare = restored(x.array(), meta.dump());
  CHECK(bare.value->meta().version == 6);
  CHECK(bare.note.empty());
}

TEST_CASE("whatever is damaged in Redis, what is served from it is valid and complete") {
  const auto x = some_snapshot(4, 9);
  const auto meta = write_meta(x);
  std::mt19937_64 random{8};
  constexpr std::string_view alphabet = "{}[]:,\"\\ 01-.eutn\x01\xFF";
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(random);
  };
  std::size_t served = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string array{x.array()}, its_meta = meta;
    auto& damaged = i % 4 == 0 ? its_meta : array;
    if (below(2) == 0)
      damaged[below(damaged.size())] = alphabet[below(alphabet.size())];
    else
      damaged.erase(below(damaged.size()), 1 + below(3));
    const auto read = read_stored_snapshot(make_payload(array), its_meta);
    const auto* back = value_of(read);
    if (!back)
      continue;
    INFO(array);
    if (back->value) {
      ++served;
      REQUIRE(is_sorted_and_whole(*back->value));
    }
  }
  CHECK(served > 5'000);
}

} // namespace
} // namespace hawkeye
