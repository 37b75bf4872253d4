// The explanations that Redis holds. An input that begins with `$` stands for a explanations of
// that body with the right head, whose fingerprint chance would never find.
#include <string>

#include "messages/base/json.hpp"
#include "messages/history/explanations.hpp"
#include "messages/snapshot/stored_snapshot.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

std::string with_head(std::string_view body) {
  return R"({"version":7,"format":1,"fingerprint":)" + std::to_string(fingerprint(body)) + "}\n"
         + std::string{body};
}

} // namespace

void stored_explanations(std::string_view bytes) {
  const auto stored = bytes.starts_with('$') ? with_head(bytes.substr(1)) : std::string{bytes};
  read_version(stored);
  const auto read = read_explanations(stored);
  if (const auto* why = error_of(read))
    return demand_sentence(why->reason, 400);
  const auto& explanations = **read;
  const auto again = read_explanations(store_explanations(explanations));
  demand(again.has_value(), "what was read can be stored");
  demand(store_explanations(**again) == store_explanations(explanations),
         "a stored journal is read as it was");
  for (const auto* serial : {"A", "B827EB76A8DE", "", "\"\n"})
    if (const auto record = explanations.find(serial))
      demand(is_valid_json(*record), "a record is valid JSON");
  // Whatever stands in there, the next refresh goes on from it.
  const probe_list nothing{};
  snapshot_meta meta;
  meta.version = explanations.version() + 1;
  const snapshot empty{std::move(meta), std::vector<device>{}};
  explanation_source next{nothing, {}, {}, empty, {1'600'000'000, 0}};
  for (const bool whole : {true, false}) {
    if (!whole)
      next.about = {"A"};
    demand(read_explanations(store_explanations(*write_explanations(next, *read))).has_value(),
           "the next journal goes on from what was read");
  }
}

} // namespace hawkeye::fuzz
