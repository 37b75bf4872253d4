// Two stored snapshots that disagree, as the values of two Redis servers after a failover: their
// states are brought together. The input is two of what `stored_snapshot` takes, one behind the
// other, with an empty line between them.
#include <algorithm>
#include <string>

#include "messages/base/json.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/stored_pair.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

snapshot_ptr read_stored(std::string_view bytes) {
  const auto [array, meta] = read_pair(bytes);
  const auto read = read_stored_snapshot(make_payload(array), meta);
  return read ? read->value : nullptr;
}

bool same(const snapshot_ptr& a, const snapshot_ptr& b) {
  if (a->array() != b->array() || a->kept() != b->kept()
      || a->meta().built_at != b->meta().built_at)
    return false;
  for (std::size_t i = 0; i < a->size(); ++i)
    if (a->state(i) != b->state(i))
      return false;
  return true;
}

} // namespace

void merge(std::string_view bytes) {
  const auto gap = bytes.find("\n\n");
  const auto a = read_stored(bytes.substr(0, gap));
  const auto b = read_stored(gap == std::string_view::npos ? "[]" : bytes.substr(gap + 2));
  if (!a || !b)
    return;
  const auto both = hawkeye::merge(a, b);
  demand(is_valid_json(both->array()), "what is merged is valid JSON");
  demand(same(both, hawkeye::merge(b, a)), "it does not matter which one comes first");
  demand(same(hawkeye::merge(both, a), both) && same(hawkeye::merge(b, both), both),
         "what was merged adds nothing");
  for (std::size_t i = 0; i < both->size(); ++i)
    demand(both->state(i).is_in() && (i == 0 || both->last_contact(i - 1) >= both->last_contact(i)),
           "who is served is in, the newest contact first");
  demand(both->newest() >= std::max(a->newest(), b->newest()), "the clock has seen all");
}

} // namespace hawkeye::fuzz
