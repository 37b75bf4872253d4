// Reads the probes' reply, up to about 50 MB, in one pass of simdjson On-Demand. Only the fields
// that are kept are copied.
#include "messages/bridges/probe.hpp"

#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "messages/base/json_writer.hpp"

namespace hawkeye {

namespace {

namespace ondemand = simdjson::ondemand;

/// The fields of a probe; raw slices of the reply.
struct fields {
  std::optional<std::string_view> serial, probe_id, uid, group, type;
  std::string_view contact; ///< the later of the two contacts, as written
  std::optional<timestamp> contact_at;
};

/// Hawkeye's name of an attribute, our name, and the member of `fields` that holds it.
struct attribute {
  std::string_view theirs, ours;
  std::optional<std::string_view> fields::*slot;
};

constexpr std::array<attribute, 4> attributes{{
    {"probeId", "probe_id", &fields::probe_id},
    {"uid", "probe_uid", &fields::uid},
    {"probeGroup", "probe_group", &fields::group},
    {"typeName", "device_type_name", &fields::type},
}};

/// Longest text of a contact. It is served as it was written.
constexpr std::size_t max_contact_text = 64;

/// A contact is an object with a lastUpdate that is a timestamp. Any other value means no contact.
void take_contact(ondemand::value value, fields& found) {
  ondemand::object object;
  std::string_view text;
  if (value.get_object().get(object)
      || object.find_field_unordered("lastUpdate").get_string().get(text)
      || text.size() > max_contact_text)
    return;
  const auto at = parse_timestamp(text);
  if (at && (!found.contact_at || *at > *found.contact_at)) {
    found.contact = text;
    found.contact_at = at;
  }
}

/// The raw text of a scalar; nothing for an object or array. Validated, because it is passed
/// through unchanged and On-Demand has checked only its first byte.
std::optional<std::string_view> scalar(ondemand::value& value) {
  ondemand::json_type type;
  if (value.type().get(type) || type == ondemand::json_type::object
      || type == ondemand::json_type::array)
    return {};
  const auto raw = value.raw_json_token();
  const auto end = skip_json_value(raw, 0);
  if (!end || skip_json_space(raw, *end) != raw.size())
    return {};
  return raw.substr(0, *end);
}

/// The decoded text of a key. simdjson would reject the whole reply for a lone surrogate in a key.
std::string_view key_text(const ondemand::raw_json_string& key, std::string& unescaped) {
  const auto* begin = key.raw();
  const auto* end = begin;
  bool escaped = false;
  for (; *end != '"'; ++end)
    if (*end == '\\') {
      escaped = true;
      ++end;
    }
  if (!escaped)
    return {begin, static_cast<std::size_t>(end - begin)};
  // Includes the quotes around the key in the reply.
  const std::string_view literal{begin - 1, static_cast<std::size_t>(end - begin) + 2};
  unescaped = unescape_json_string(literal).value_or("");
  return unescaped;
}

/// Stores a field in `found`. Returns why the probe is malformed, if it is.
std::optional<std::string> take_field(std::string_view key, ondemand::value value, fields& found) {
  if (key == "nodetonode" || key == "realservice") {
    take_contact(value, found);
    return {};
  }
  auto* slot = key == "serialNumber" ? &found.serial : nullptr;
  for (const auto& x : attributes)
    if (key == x.theirs)
      slot = &(found.*x.slot);
  if (!slot)
    return {};
  *slot = scalar(value);
  if (!*slot)
    return std::string{key}
           + (key == "serialNumber" ? " is no text" : " is an object or an array, not a text");
  if ((*slot)->size() > max_probe_text)
    return std::string{key} + " is longer than 16 kB";
  return {};
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

std::string attributes_json(const fields& from) {
  json_writer out;
  for (const auto& x : attributes)
    out.key(x.ours).raw((from.*x.slot).value_or("null"));
  return std::string{out.text()}; // kept: without the writer's spare memory
}

/// Sorts the probes of one reply into kept and discarded ones.
class sorter {
public:
  explicit sorter(probe_list& list) : list_{list} {}

  /// False if the structure of the document is broken from here on.
  bool take(ondemand::value value) {
    ondemand::object object;
    ondemand::json_type type;
    if (value.type().get(type))
      return false;
    if (type != ondemand::json_type::object) {
      text_ = {};
      discard({}, outcome::malformed, "the probe is no object");
      return true;
    }
    std::string_view raw;
    if (value.get_object().get(object) || object.raw_json().get(raw) || object.reset().error())
      return false;
    fields found;
    std::optional<std::string> problem;
    for (auto field : object) {
      ondemand::raw_json_string key;
      ondemand::value content;
      if (field.key().get(key) || field.value().get(content))
        return false;
      if (auto wrong = take_field(key_text(key, unescaped_), content, found); wrong && !problem)
        problem = std::move(wrong);
    }
    text_ = texts_.append(raw.substr(0, raw.rfind('}') + 1)); // it ends where the next token begins
    settle(found, problem);
    return true;
  }

  void finish() {
    list_.texts = texts_.finish();
  }

private:
  void settle(const fields& found, const std::optional<std::string>& problem) {
    const auto raw = found.serial.value_or("null");
    auto serial = unescape_json_string(raw);
    if (problem)
      return discard(serial.value_or(""), outcome::malformed, *problem);
    if (!serial && raw != "null")
      return discard({}, outcome::malformed, "serialNumber is no text: " + printable(raw, 60));
    if (!serial || is_blank(*serial))
      return discard({}, outcome::no_serial, {});
    if (!found.contact_at)
      return discard(std::move(*serial), outcome::never_contacted, {});
    keep({std::move(*serial), std::string{found.contact}, *found.contact_at, attributes_json(found),
          text_});
  }

  void keep(probe x) {
    const auto [known, is_new] = index_.try_emplace(x.serial_number, list_.probes.size());
    if (!is_new) {
      auto& other = list_.probes[known->second];
      if (other.last_contact_at < x.last_contact_at)
        std::swap(other, x);
      text_ = x.text;
      return discard(std::move(x.serial_number), outcome::duplicate_serial, {});
    }
    list_.probes.push_back(std::move(x));
  }

  void discard(std::string serial, outcome why, std::string reason) {
    list_.discarded.push_back({std::move(serial), why, std::move(reason), text_});
  }

  probe_list& list_;
  std::string unescaped_; ///< buffer for decoded keys, reused; few keys have escapes
  std::unordered_map<std::string, std::size_t> index_;
  compressed_archive_writer texts_;
  text_position text_; ///< position of the current probe's text
};

} // namespace

expected<probe_list> read_probes(const json_slice& body) {
  const failure no_list{"the body of the probes' reply is no list: " + printable(body.text)};
  const simdjson::padded_string_view text{body.text, body.text.size() + simdjson::SIMDJSON_PADDING};
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array list;
  if (parser.iterate(text).get(document) || document.get_array().get(list))
    return fail(no_list);
  probe_list result;
  sorter sort{result};
  for (auto value : list) {
    if (value.error() || !sort.take(value.value_unsafe()))
      return fail("the list of probes is broken after "
                  + std::to_string(result.probes.size() + result.discarded.size()) + " probes");
    if (result.probes.size() + result.discarded.size() > max_probes)
      return fail("the list has more than " + std::to_string(max_probes) + " probes");
  }
  sort.finish();
  return result;
}

probe_list only(const probe_list& from, const std::vector<std::string>& serial_numbers) {
  const std::unordered_set<std::string_view> wanted{serial_numbers.begin(), serial_numbers.end()};
  probe_list result;
  result.texts = from.texts;
  for (const auto& x : from.probes)
    if (wanted.contains(x.serial_number))
      result.probes.push_back(x);
  std::unordered_set<std::string_view> found;
  for (const auto& x : result.probes)
    found.insert(x.serial_number);
  for (const auto& x : from.discarded)
    if (wanted.contains(x.serial_number) && found.insert(x.serial_number).second)
      result.discarded.push_back(x);
  return result;
}

} // namespace hawkeye
