// The journal that Redis holds. An input that begins with `$` stands for a journal of that body
// with the right head, whose fingerprint chance would never find.
#include <string>

#include "messages/device_journal.hpp"
#include "messages/json_text.hpp"
#include "messages/stored_snapshot.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

std::string with_head(std::string_view body) {
  return R"({"version":7,"format":1,"fingerprint":)" + std::to_string(fingerprint(body)) + "}\n"
         + std::string{body};
}

} // namespace

void stored_journal(std::string_view bytes) {
  const auto stored = bytes.starts_with('$') ? with_head(bytes.substr(1)) : std::string{bytes};
  read_version(stored);
  const auto read = read_journal(stored);
  if (const auto* why = std::get_if<failure>(&read))
    return demand_sentence(why->reason, 400);
  const auto& journal = *std::get<device_journal_ptr>(read);
  const auto again = read_journal(store_journal(journal));
  demand(succeeded(again), "what was read can be stored");
  demand(store_journal(*std::get<device_journal_ptr>(again)) == store_journal(journal),
         "a stored journal is read as it was");
  for (const auto* serial : {"A", "B827EB76A8DE", "", "\"\n"})
    if (const auto record = journal.find(serial))
      demand(is_valid_json(*record), "a record is valid JSON");
  // Whatever stands in there, the next refresh goes on from it.
  const probe_list nothing{};
  snapshot_meta meta;
  meta.version = journal.version() + 1;
  const snapshot empty{std::move(meta), std::vector<device>{}};
  const journal_source next{nothing, {}, {}, empty, {1'600'000'000, 0}};
  for (const bool whole : {true, false})
    demand(succeeded(read_journal(
               store_journal(*write_journal(next, std::get<device_journal_ptr>(read), whole)))),
           "the next journal goes on from what was read");
}

} // namespace hawkeye::fuzz
