// Serial numbers, customers and the order of the fleet; the probes' own text stands in
// stand_in_probe.cpp.
#include "tests/support/stand_in_fleet.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <tuple>
#include <unordered_map>

namespace hawkeye::stand_in {

namespace {

// Serial numbers are a permutation of 24 bits: no two probes share one, and the way back needs no
// table. 2^24 bounds the fleet; the options allow less.
constexpr std::uint32_t serial_mask = 0xFFFFFF;
constexpr std::uint32_t serial_factor = 0x9E3779; // odd, so that it has an inverse
constexpr std::string_view serial_prefix = "B827EB";

constexpr std::uint32_t inverse(std::uint32_t factor) {
  std::uint32_t result = factor; // Newton's iteration doubles the right bits: 3, 6, 12, 24
  for (int i = 0; i < 4; ++i)
    result *= 2 - factor * result;
  return result & serial_mask;
}
static_assert(((serial_factor * inverse(serial_factor)) & serial_mask) == 1);

constexpr std::array<std::string_view, 8> client_names{
    R"("METTEL/NEW YORK")", R"("RSI")",        R"("Café \"Noir\" & Söhne")", R"("FIS-BRANCHES")",
    R"("TITAN AMERICA")",   R"("Ørsted A/S")", R"("O'REILLY/UTICA")",        "null"};
constexpr std::array<std::string_view, 3> monitored_statuses{
    R"("Pending")", R"("Active – Gold Monitoring")", R"("Active – Platinum Monitoring")"};
constexpr std::array<std::string_view, 4> other_statuses{
    R"("Inactive")", "null", R"("Active - Gold Monitoring")", R"("Cancelled")"};

/// Per cent to parts of ten thousand, so that a larger percentage always holds the smaller one.
bool picked(std::uint64_t random, double percent) {
  return static_cast<double>(random % 10'000) < percent * 100;
}

} // namespace

fleet::fleet(const fleet_options& with) : with_{with} {}

std::uint64_t fleet::hash(std::size_t index, std::uint64_t about) const noexcept {
  auto x = with_.seed * 0x9E3779B97F4A7C15u + index * 0xD1B54A32D192ED03u + about;
  for (int i = 0; i < 2; ++i) { // splitmix64's finisher
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    x ^= x >> 31;
  }
  return x;
}

std::string fleet::plain_serial(std::size_t index) const {
  const auto offset = static_cast<std::uint32_t>(hash(0, 1));
  const auto number = (static_cast<std::uint32_t>(index) * serial_factor + offset) & serial_mask;
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%06X", number);
  return std::string{serial_prefix} + digits.data();
}

/// JSON text without a character that JSON would escape; empty for a harmless one.
std::string fleet::hostile_name(std::size_t index) const {
  if (index >= with_.hostile)
    return {};
  static const std::array<std::string, 5> names{
      "<script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>",
      "\u202E'onmouseover=window.hacked=1 \u2067\u200Fevil", std::string(10'000, 'W'),
      "&lt;b&gt;{{7*7}}${window.hacked=1}%3Cscript%3E/../../etc/passwd?x=1#y"};
  return names[index % names.size()];
}

std::string fleet::serial_number(std::size_t index) const {
  return plain_serial(index) + hostile_name(index);
}

std::string fleet::client(std::int64_t id, std::size_t index, std::uint64_t random) const {
  std::string result = R"({"client_id": )" + std::to_string(id) + R"(, "client_name": )";
  if (const auto hostile = hostile_name(index); !hostile.empty())
    result += '"' + hostile + '"';
  else
    result += client_names[random % client_names.size()];
  result += R"(, "site_id": )";
  result += random % 11 == 0 ? "null" : std::to_string(random % 5'000);
  if (random % 13 == 0)
    result += R"(, "billing": {"plan": "gold", "tags": [1, 2.5, "x"]})";
  return result += '}';
}

std::optional<std::size_t> fleet::find(std::string_view serial_number) const noexcept {
  if (serial_number.size() < 12 || serial_number.substr(0, 6) != serial_prefix)
    return {};
  std::uint32_t number = 0;
  const auto end = serial_number.data() + 12;
  if (std::from_chars(serial_number.data() + 6, end, number, 16).ptr != end)
    return {};
  const auto offset = static_cast<std::uint32_t>(hash(0, 1));
  const std::size_t index = ((number - offset) * inverse(serial_factor)) & serial_mask;
  const bool known = index < with_.probes && serial_number.substr(12) == hostile_name(index);
  return known ? std::optional{index} : std::nullopt;
}

bool fleet::is_ambiguous(std::size_t index) const noexcept {
  const auto step = [&](std::size_t i) {
    return i * with_.ambiguous / with_.probes;
  };
  return index < with_.probes && step(index) != step(index + 1);
}

bool fleet::has_customer(std::size_t index) const noexcept {
  return is_ambiguous(index) || !picked(hash(index, 2), with_.no_customer);
}

bool fleet::is_monitored(std::size_t index) const noexcept {
  return !picked(hash(index, 3), with_.unmonitored);
}

std::int64_t fleet::client_id(std::size_t index) const noexcept {
  const std::int64_t first = index + with_.moved < with_.probes ? 9'000 : 10'000;
  return first + static_cast<std::int64_t>(hash(index, 4) % 1'000);
}

std::string fleet::clients(std::size_t index) const {
  if (!has_customer(index))
    return "[]";
  std::string result = "[" + client(client_id(index), index, hash(index, 5));
  if (is_ambiguous(index))
    result += ", " + client(client_id(index) + 1, index, hash(index, 6));
  return result += ']';
}

std::string fleet::management_status(std::size_t index) const {
  const auto random = hash(index, 7);
  return std::string{is_monitored(index) ? monitored_statuses[random % monitored_statuses.size()]
                                         : other_statuses[random % other_statuses.size()]};
}

std::vector<fleet::entry> fleet::layout() const {
  std::vector<entry> special;
  for (std::size_t i = 0; i < with_.malformed_probes; ++i)
    special.push_back({kind::malformed, i});
  for (std::size_t i = 0; i < with_.no_serial; ++i)
    special.push_back({kind::no_serial, i});
  for (std::size_t i = 0; i < with_.never_contacted; ++i)
    special.push_back({kind::never, with_.probes + i});
  for (std::size_t i = 0; i < with_.duplicates && with_.probes > 0; ++i)
    special.push_back({kind::duplicate, hash(i, 8) % with_.probes});
  std::vector<entry> result;
  result.reserve(with_.probes + special.size());
  std::size_t taken = 0;
  for (std::size_t i = 0; i < with_.probes; ++i) {
    for (; taken < special.size() * (i + 1) / with_.probes; ++taken)
      result.push_back(special[taken]);
    result.push_back({kind::good, i});
  }
  result.insert(result.end(), special.begin() + static_cast<std::ptrdiff_t>(taken), special.end());
  return result;
}

std::string fleet::probes(bool partial) const {
  auto entries = layout();
  if (partial)
    entries.resize(entries.size() / 3);
  std::string result;
  result.reserve(entries.size() * 1'000 + 2);
  for (const auto& x : entries) {
    result += result.empty() ? '[' : ',';
    result += probe(x);
  }
  return result.empty() ? "[]" : result += ']';
}

std::string fleet::expected(bool partial) const {
  auto entries = layout();
  if (partial)
    entries.resize(entries.size() / 3);
  std::unordered_map<std::size_t, entry> kept;
  for (const auto& x : entries) // a duplicate is always the one that was contacted earlier
    if (x.what == kind::good)
      kept.insert_or_assign(x.index, x);
    else if (x.what == kind::duplicate)
      kept.try_emplace(x.index, x);
  std::vector<std::tuple<std::int64_t, std::int64_t, std::string, std::string>> devices;
  for (const auto& [index, x] : kept) {
    if (!has_customer(index) || !is_monitored(index))
      continue;
    const auto at = last_contact(x);
    std::string device = R"({"serial_number":")" + serial_number(index) + R"(","last_contact":")";
    device +=
        at.text + R"(","bruin_client_info":)" + client(client_id(index), index, hash(index, 5));
    device += ',' + identity(x, true) + '}';
    devices.emplace_back(-at.seconds, -at.nanoseconds, serial_number(index), std::move(device));
  }
  std::sort(devices.begin(), devices.end());
  std::string result;
  for (const auto& x : devices) {
    result += result.empty() ? '[' : ',';
    result += std::get<3>(x);
  }
  return result.empty() ? "[]" : result += ']';
}

} // namespace hawkeye::stand_in
