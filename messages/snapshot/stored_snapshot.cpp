#include "messages/snapshot/stored_snapshot.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "messages/base/json_writer.hpp"
#include "messages/base/text.hpp"
#include "messages/snapshot/packed_states.hpp"

namespace hawkeye {

namespace {

namespace ondemand = simdjson::ondemand;

/// A timestamp that `to_string` can write again.
std::optional<timestamp> read_time(std::string_view text) {
  const auto at = parse_timestamp(text);
  return at && can_be_written(*at) ? at : std::nullopt;
}

/// The content of a meta text.
struct meta_reading {
  snapshot_meta meta;
  bool of_this_array = false;
  std::optional<std::string> packed; ///< the devices' states; nothing in a meta of format 1
  /// Of a meta of format 1: serial number and start of Bruin's silence.
  std::unordered_map<std::string, timestamp> marks;
  bool foreign_format = false;
  std::string note;
};

/// The meta format that is written. A meta without "format" has format 1.
constexpr std::uint64_t format = 2;

void read_counts(ondemand::object from, outcome_counts& counts) {
  for (const auto which : all_outcomes) {
    std::uint64_t count = 0;
    if (from.find_field_unordered(to_string(which)).get_uint64().get(count) == simdjson::SUCCESS)
      counts[which] = count;
  }
}

void read_carried(ondemand::object from, meta_reading& reading) {
  std::size_t dropped = 0;
  for (auto field : from) {
    std::string_view serial, since;
    // Broken structure: the marks read so far are kept, the rest cannot be located.
    if (field.error() || field.unescaped_key().get(serial)) {
      ++dropped;
      break;
    }
    std::string name{serial};
    const bool is_text = field.value().get_string().get(since) == simdjson::SUCCESS;
    if (const auto at = is_text ? read_time(since) : std::nullopt)
      reading.marks.emplace(std::move(name), *at);
    else
      ++dropped;
  }
  if (dropped > 0)
    reading.note = std::to_string(dropped) + " unreadable carry-over marks dropped";
}

bool is_of_array(ondemand::object& object, std::string_view array) {
  std::uint64_t size = 0;
  std::string_view mark;
  return object.find_field_unordered("bytes").get_uint64().get(size) == simdjson::SUCCESS
         && object.find_field_unordered("fingerprint").get_string().get(mark) == simdjson::SUCCESS
         && size == array.size() && mark == fingerprint_text(array);
}

/// Reads the fields that may be missing.
void read_content(ondemand::object& object, meta_reading& reading) {
  std::string_view text;
  ondemand::object part;
  if (object.find_field_unordered("built_at").get_string().get(text) == simdjson::SUCCESS)
    reading.meta.built_at = read_time(text);
  if (object.find_field_unordered("state").get_string().get(text) == simdjson::SUCCESS)
    reading.packed = text;
  if (object.find_field_unordered("counts").get_object().get(part) == simdjson::SUCCESS)
    read_counts(part, reading.meta.counts);
  if (object.find_field_unordered("carried_over").get_object().get(part) == simdjson::SUCCESS)
    read_carried(part, reading);
}

meta_reading read_meta(const std::string& text, std::string_view array) {
  meta_reading result;
  const auto unreadable = [&](const char* reason) {
    result = {};
    result.meta.version = read_version(text).value_or(0);
    result.note = std::string{"meta ignored: "} + reason;
    return result;
  };
  if (!is_valid_json(text))
    return unreadable("it is no valid JSON");
  const simdjson::padded_string bytes{text};
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(bytes).get(document) || document.get_object().get(object))
    return unreadable("it is no JSON object");
  std::uint64_t version = 0;
  if (object.find_field_unordered("version").get_uint64().get(version) || version == 0
      || version >= last_version)
    return unreadable("it names no version");
  if (!is_of_array(object, array))
    return unreadable("it belongs to another array");
  std::uint64_t meta_format = 1;
  if (object.find_field_unordered("format").get_uint64().get(meta_format) == simdjson::SUCCESS
      && meta_format > format) {
    unreadable("it is of a later release of this service");
    result.foreign_format = true;
    return result;
  }
  result.of_this_array = true;
  result.meta.version = version;
  read_content(object, result);
  return result;
}

/// One entry of the array; views into its text.
struct entry {
  std::string_view raw;
  std::string_view serial; ///< a literal with its quotes and escapes
  timestamp contact;
};

/// The text of a valid string literal. If it has escapes, the result is a view into `unescaped`.
std::string_view text_of(std::string_view literal, std::string& unescaped) {
  if (literal.find('\\') == std::string_view::npos)
    return literal.substr(1, literal.size() - 2);
  return unescaped = unescape_json_string(literal).value_or("");
}

/// The entries of the array that are valid devices.
struct array_reading {
  std::vector<entry> entries;
  std::size_t left_out = 0;       ///< entries that are none
  std::string first_left_out;     ///< which one is the first, and why
  std::optional<std::size_t> end; ///< offset after the array; nothing if it is not a valid array
};

/// Appends an entry. Returns an error if it is not a valid device, else null.
const char* take_entry(std::string_view text, const device_literals& raw,
                       std::vector<entry>& entries) {
  if (!text.starts_with('{'))
    return "is no object";
  if (!raw.serial_number.starts_with('"'))
    return "has no serial_number that is a text";
  if (!raw.last_contact.starts_with('"'))
    return "has no last_contact that is a text";
  std::string unescaped;
  const auto at = parse_timestamp(text_of(raw.last_contact, unescaped));
  if (!at)
    return "has a last_contact that is no timestamp";
  entries.push_back({text, raw.serial_number, *at});
  return nullptr;
}

/// Validates every byte in one pass, even if the fingerprint matches: the fingerprint protects
/// against mistakes only, and anyone who can write to Redis can compute it.
array_reading read_array(std::string_view text) {
  array_reading result;
  result.end = for_each_json_element(text, [&](std::string_view rest) {
    device_literals raw;
    const auto take = [&](std::string_view key, std::string_view value) {
      raw.take(key, value);
    };
    auto size =
        rest.starts_with('{') ? for_each_json_member(rest, take, 1) : skip_json_value(rest, 0, 1);
    const auto index = result.entries.size() + result.left_out;
    if (const char* wrong = size ? take_entry(rest.substr(0, *size), raw, result.entries) : nullptr;
        wrong && result.left_out++ == 0)
      result.first_left_out = fmt::format("device {} of the stored array {}", index, wrong);
    return size;
  });
  return result;
}

bool in_order(const entry& a, const entry& b) {
  std::string of_a, of_b;
  return a.contact > b.contact
         || (a.contact == b.contact && text_of(a.serial, of_a) < text_of(b.serial, of_b));
}

/// True if the entries are in a snapshot's order and only single commas are between them.
bool is_in_snapshot_order(std::string_view array, const std::vector<entry>& entries) {
  const char* expected = array.data() + 1;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].raw.data() != expected || (i > 0 && !in_order(entries[i - 1], entries[i])))
      return false;
    expected += entries[i].raw.size() + 1;
  }
  return array.data() + array.size() == expected + (entries.empty() ? 1 : 0);
}

bool has_duplicates(const std::vector<entry>& entries) {
  std::unordered_set<std::string> seen;
  std::string unescaped;
  return std::any_of(entries.begin(), entries.end(), [&](const entry& x) {
    return !seen.emplace(text_of(x.serial, unescaped)).second;
  });
}

/// The states for a meta of format 1, which has only the time of Bruin's last answer per device.
std::vector<device_state> states_of_marks(const meta_reading& from,
                                          const std::vector<entry>& entries) {
  if (from.marks.empty() || !from.meta.built_at)
    return {};
  const auto built_at = to_asked(*from.meta.built_at);
  std::vector<device_state> result;
  std::string unescaped;
  for (const auto& x : entries) {
    auto& state = result.emplace_back(state_as_of(built_at));
    const auto mark = from.marks.find(std::string{text_of(x.serial, unescaped)});
    if (mark == from.marks.end())
      continue;
    state.verdict.yes = std::min(built_at, to_asked(mark->second));
    state.client_asked = state.verdict.yes;
    state.silent_for = std::chrono::milliseconds{(built_at - state.verdict.yes) / 1000};
  }
  return result;
}

/// The states of the array's devices and of the remembered ones. Invalid states are dropped with a
/// note.
unpacked_states states_of(meta_reading& from, const std::vector<entry>& entries) {
  if (!from.of_this_array)
    return {};
  if (!from.packed)
    return {states_of_marks(from, entries), {}, 0};
  const auto note = [&](const std::string& text) {
    from.note += (from.note.empty() ? "" : ", ") + text;
  };
  auto result = unpack_states(*from.packed, entries.size());
  if (const auto* why = error_of(result)) {
    note("the states of its devices are ignored: " + why->reason);
    return {};
  }
  if (!result->kept.empty()) {
    std::unordered_set<std::string> served;
    std::string unescaped;
    for (const auto& x : entries)
      served.emplace(text_of(x.serial, unescaped));
    result->dropped += std::erase_if(
        result->kept, [&](const kept_device& x) { return !served.insert(x.serial_number).second; });
  }
  for (const auto& x : result->served)
    result->dropped += !x.is_in() && x != device_state{};
  if (result->dropped > 0)
    note(fmt::format("{} states of devices dropped", result->dropped));
  return *std::move(result);
}

snapshot use_unchanged(snapshot_meta meta, std::string_view array,
                       const std::vector<entry>& entries, unpacked_states states) {
  std::vector<std::size_t> ends;
  std::vector<timestamp> contacts;
  ends.reserve(entries.size());
  contacts.reserve(entries.size());
  for (const auto& x : entries) {
    ends.push_back(static_cast<std::size_t>(x.raw.data() - array.data()) + x.raw.size());
    contacts.push_back(x.contact);
  }
  return {meta,          std::string{array},    std::move(ends), std::move(contacts),
          states.served, std::move(states.kept)};
}

snapshot sort_entries(snapshot_meta meta, const std::vector<entry>& entries,
                      unpacked_states states) {
  std::vector<device> devices;
  std::unordered_map<std::string, std::size_t> seen;
  std::string unescaped;
  states.served.resize(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& x = entries[i];
    const std::string serial{text_of(x.serial, unescaped)};
    const auto [known, is_new] = seen.try_emplace(serial, devices.size());
    if (is_new)
      devices.push_back({serial, x.contact, std::string{x.raw}, states.served[i]});
    else if (auto& other = devices[known->second]; other.last_contact_at < x.contact)
      other = {serial, x.contact, std::string{x.raw}, states.served[i]};
  }
  return {meta, std::move(devices), std::move(states.kept)};
}

} // namespace

expected<restored_snapshot> read_stored_snapshot(const payload_ptr& array,
                                                 const std::optional<std::string>& meta) {
  const auto text = array->view();
  meta_reading known;
  if (meta)
    known = read_meta(*meta, text);
  else
    known.note = "it has no meta";
  const auto read = read_array(text);
  const auto& entries = read.entries;
  if (!read.end || skip_json_space(text, *read.end) != text.size()
      || !simdjson::validate_utf8(text.data(), text.size()))
    return is_valid_json(text) ? fail("the stored value is no JSON array")
                               : fail("the stored value is no valid JSON: " + printable(text));
  if (entries.empty() && read.left_out > 0)
    return fail(read.first_left_out);
  restored_snapshot result;
  result.foreign_format = known.foreign_format;
  auto states = states_of(known, entries);
  if (entries.empty() && states.kept.empty()) {
    result.note = "the array is empty";
    result.version = known.meta.version;
    return result;
  }
  const bool unchanged =
      is_in_snapshot_order(text, entries) && (known.of_this_array || !has_duplicates(entries));
  result.note = known.note;
  if (read.left_out > 0)
    result.note += fmt::format("{}entries left out: {}; {}", result.note.empty() ? "" : "; ",
                               read.left_out, read.first_left_out);
  result.value = std::make_shared<const snapshot>(
      unchanged ? use_unchanged(known.meta, text, entries, std::move(states))
                : sort_entries(known.meta, entries, std::move(states)));
  return result;
}

// -- Writing KEY:meta, and functions that read only its beginning.

std::uint64_t fingerprint(std::string_view bytes) noexcept {
  // FNV-1a over words of eight bytes, with a rotation that moves high bits down. Protects against
  // mistakes, not against an attacker.
  std::uint64_t hash = 0xcbf29ce484222325u ^ bytes.size();
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0x100000001b3u;
    hash = (hash << 29) | (hash >> 35);
  };
  std::size_t pos = 0;
  for (; pos + 8 <= bytes.size(); pos += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + pos, 8);
    mix(word);
  }
  std::uint64_t rest = 0;
  if (pos < bytes.size())
    std::memcpy(&rest, bytes.data() + pos, bytes.size() - pos);
  mix(rest);
  return hash * 0x100000001b3u;
}

std::string fingerprint_text(std::string_view bytes) {
  return fmt::format("{:x}", fingerprint(bytes));
}

namespace {

/// A snapshot's meta without the states.
json_writer begin_meta(const snapshot& x) {
  const auto& meta = x.meta();
  json_writer out;
  out.begin_object().member("version", meta.version);
  out.text_or_null("built_at", meta.built_at ? to_string(*meta.built_at) : "");
  out.member("bytes", x.array().size());
  out.member("fingerprint", fingerprint_text(x.array())).member("format", format);
  out.key("counts").begin_object();
  for (const auto which : all_outcomes)
    out.member(to_string(which), meta.counts[which]);
  out.end_object();
  return out;
}

/// The head without what follows the fingerprint.
std::string_view identity_in(std::string_view head) {
  constexpr std::string_view key = R"("fingerprint":")";
  const auto at = head.find(key);
  return at == head.npos ? head : head.substr(0, head.find('"', at + key.size()));
}

} // namespace

std::string meta_head(const snapshot& x) {
  return begin_meta(x).take().substr(0, meta_head_bytes);
}

std::string write_meta(const snapshot& x) {
  return begin_meta(x).member("state", pack_states(x)).end_object().take();
}

std::optional<std::uint64_t> read_version(std::string_view meta_text) noexcept {
  constexpr std::string_view begin = R"({"version":)";
  if (!meta_text.starts_with(begin))
    return {};
  meta_text.remove_prefix(begin.size());
  const auto end = meta_text.find(',');
  const auto version = whole_number<std::uint64_t>(meta_text.substr(0, end));
  return end != meta_text.npos && version && *version < last_version ? version : std::nullopt;
}

bool is_same_meta(std::string_view head, std::string_view other) noexcept {
  return !head.empty() && identity_in(head) == identity_in(other);
}

} // namespace hawkeye
