// Hawkeye's list of probes, as the body of a 200 reply. The naive second opinion sorts them with
// nlohmann-json, one after the other.
#include <map>
#include <string>

#include "messages/base/json.hpp"
#include "messages/bridges/probe.hpp"
#include "messages/snapshot/snapshot.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

std::optional<timestamp> contact_of(const json& probe, const char* part) {
  const auto& x = probe.value(part, json{});
  const auto text = x.is_object() ? x.value("lastUpdate", json{}) : json{};
  return text.is_string() ? parse_timestamp(text.get<std::string>()) : std::nullopt;
}

/// The serial numbers that are kept, with their last contact.
using fleet = std::map<std::string, timestamp>;

bool is_scalar(const json& x) {
  return !x.is_structured();
}

void take(const json& probe, fleet& into) {
  if (!probe.is_object())
    return;
  const auto serial = probe.value("serialNumber", json{});
  for (const auto* name : {"probeId", "uid", "probeGroup", "typeName"})
    if (!is_scalar(probe.value(name, json{})))
      return;
  const auto& text = serial.is_string() ? serial.get_ref<const std::string&>() : std::string{};
  if (text.find_first_not_of(" \t\r\n\f\v") == std::string::npos)
    return;
  const auto at = std::max(contact_of(probe, "nodetonode"), contact_of(probe, "realservice"));
  if (!at)
    return;
  auto& known = into.try_emplace(text, *at).first->second;
  known = std::max(known, *at);
}

void compare(const probe_list& read, const json& naive) {
  demand(naive.is_array(), "only a list is a list of probes");
  demand(read.probes.size() + read.discarded.size() == naive.size(),
         "every probe ends in one of the two lists");
  fleet expected;
  for (const auto& probe : naive)
    take(probe, expected);
  fleet found;
  for (const auto& x : read.probes)
    demand(found.emplace(x.serial_number, x.last_contact_at).second,
           "no serial number is kept twice");
  demand(found == expected, "the probes that are kept are those of the naive reading");
}

} // namespace

void probes_reply(std::string_view bytes) {
  const auto body = as_body(bytes);
  if (!body)
    return;
  const auto said = second_opinion(body->text);
  const auto read = read_probes(*body);
  if (const auto* why = error_of(read)) {
    // No input here has as many as max_probes.
    demand(!said.counts || !said.value || !said.value->is_array(), "a list of probes is taken");
    return demand_sentence(why->reason, 400);
  }
  const auto& list = *read;
  compressed_archive_reader texts{list.texts};
  for (const auto& x : list.probes) {
    demand(parse_timestamp(x.last_contact) == x.last_contact_at, "the last contact is as written");
    demand(is_valid_json(device_json(x.serial_number, x.last_contact, "{}", x.attributes)),
           "a probe becomes a device that is valid JSON");
    demand(is_valid_json(texts.at(x.text)), "a probe is kept as it came");
  }
  bool too_long = false; // the naive reading knows no limit
  for (const auto& x : list.discarded)
    if (x.why == outcome::malformed) {
      demand_sentence(x.reason, 200);
      too_long |= x.reason.ends_with("16 kB");
    }
  if (said.counts && said.value && !too_long)
    compare(list, *said.value);
}

} // namespace hawkeye::fuzz
