// What `diff` is answered by another service: the first line is one side's list of devices, the
// rest the other's.
#include <algorithm>
#include <string>

#include "messages/admin/comparison.hpp"
#include "messages/base/json.hpp"
#include "messages/base/timestamp.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

/// As the command reads it; nothing where that is no list.
std::optional<json> list_in(std::string_view text) {
  auto list = is_valid_json(text) ? json::parse(text, nullptr, false) : json{};
  return list.is_array() ? std::optional{std::move(list)} : std::nullopt;
}

device_table read(const json& list) {
  auto result = read_device_table(list);
  demand(result.devices.size() + result.duplicates.count + result.malformed.count == list.size(),
         "every entry is a device, one again, or malformed");
  for (const auto& [serial, device] : result.devices)
    demand(std::find(list.begin(), list.end(), device) != list.end(),
           "a device is one of the entries");
  return result;
}

void check_mirrored(const device_diff& there, const device_diff& back) {
  demand(there.only_here.count == back.only_there.count
             && there.only_there.count == back.only_here.count && there.differ == back.differ
             && there.by_field == back.by_field,
         "a difference is one from both sides");
  demand(there.first.size() == std::min<std::size_t>(there.differ, max_named_differences),
         "so many differences are named as there may be");
}

void check_told(const comparison& x) {
  auto text = text_of(x);
  demand(text.ends_with(x.equal() ? "\nequal\n" : "\ndifferent\n"), "the last word is the result");
  std::replace(text.begin(), text.end(), '\n', ' ');
  demand_sentence(text, 100'000);
  demand(is_valid_json(
             json_of(x).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)),
         "what programs are told is valid JSON");
}

} // namespace

void foreign_devices(std::string_view bytes) {
  const auto line = std::min(bytes.find('\n'), bytes.size());
  const auto a = list_in(bytes.substr(0, line));
  const auto b = list_in(bytes.substr(std::min(line + 1, bytes.size())));
  if (!a || !b)
    return;
  const auto here = read(*a), there = read(*b);
  demand(compare_devices(here, here).equal(), "a list is equal to itself");
  const auto found = compare_devices(here, there);
  check_mirrored(found, compare_devices(there, here));
  check_told({"a",
              "b",
              {"probe_id"},
              {{"all devices",
                {200, a->size(), here.duplicates, here.malformed},
                {200, b->size(), there.duplicates, there.malformed},
                found}},
              {}});
  for (const auto& timestamp : filters_to_ask(here, there))
    demand(parse_timestamp(timestamp).has_value(), "a filter that is asked for is a moment");
}

} // namespace hawkeye::fuzz
