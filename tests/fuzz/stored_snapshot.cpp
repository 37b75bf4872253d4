// The array and the meta that Redis holds, as stored_pair.hpp has them.
#include "tests/fuzz/stored_pair.hpp"

#include <algorithm>
#include <string>

#include "messages/base/json.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

std::string hex(std::uint64_t x) {
  char text[17];
  return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%lx", x))};
}

std::string filled_in(std::string_view meta, std::string_view array) {
  std::string result;
  while (!meta.empty()) {
    const auto dollar = std::min(meta.find('$'), meta.size());
    result += meta.substr(0, dollar);
    meta.remove_prefix(dollar);
    const auto what = meta.substr(0, 2);
    if (what == "$F" || what == "$B")
      result += what == "$F" ? hex(fingerprint(array)) : std::to_string(array.size());
    else
      result += what.substr(0, 1);
    meta.remove_prefix(what == "$F" || what == "$B" ? 2 : what.substr(0, 1).size());
  }
  return result;
}

void demand_whole(const snapshot& x) {
  demand(is_valid_json(x.array()), "what is restored is valid JSON");
  for (std::size_t i = 0; i < x.size(); ++i) {
    demand(is_valid_json(x.at(i)), "every device is valid JSON");
    demand(i == 0 || x.last_contact(i - 1) >= x.last_contact(i), "the newest contact is first");
  }
  const auto said = second_opinion(x.array());
  if (said.counts)
    demand(said.value && said.value->size() == x.size(), "every device is counted");
}

void demand_same(const snapshot& x, const snapshot& y) {
  demand(x.array() == y.array() && x.size() == y.size(),
         "a restored snapshot has the same devices");
  for (std::size_t i = 0; i < x.size(); ++i)
    demand(x.at(i) == y.at(i) && x.last_contact(i) == y.last_contact(i),
           "a restored device is the stored one");
  const auto &a = x.meta(), &b = y.meta();
  demand(a.version == b.version && a.built_at == b.built_at && a.counts == b.counts,
         "a restored meta is the stored one");
  for (std::size_t i = 0; i < x.size(); ++i)
    demand(x.state(i) == y.state(i), "a restored state is the stored one");
  demand(x.kept() == y.kept(), "a restored snapshot remembers the same devices");
}

} // namespace

stored_pair read_pair(std::string_view bytes) {
  const auto line = bytes.find('\n');
  stored_pair result{bytes.substr(0, line), {}};
  if (line != std::string_view::npos)
    result.meta = filled_in(bytes.substr(line + 1), result.array);
  return result;
}

void stored_snapshot(std::string_view bytes) {
  const auto [array, meta] = read_pair(bytes);
  if (meta)
    read_version(*meta);
  const auto read = read_stored_snapshot(make_payload(array), meta);
  if (const auto* why = error_of(read))
    return demand_sentence(why->reason, 400);
  const auto& restored = *read;
  const auto& value = restored.value;
  if (!value)
    return;
  if (!restored.note.empty())
    demand_sentence(restored.note, 400);
  demand_whole(*value);
  // A version of 0 is another program's array: it is never written so.
  const auto mine = value->meta().version > 0 ? *value : value->with_version(1);
  const auto again = read_stored_snapshot(make_payload(mine.array()), write_meta(mine));
  demand(again.has_value(), "what was restored can be stored");
  demand(read_version(write_meta(mine)) == mine.meta().version, "a meta begins with its version");
  demand_same(mine, *again->value);
  for (std::size_t i = 0; i < mine.size(); ++i)
    demand(mine.state(i).is_in(), "a device of the array is in");
  demand(merge(value, again->value) == value, "what was stored adds nothing");
}

} // namespace hawkeye::fuzz
