#include "messages/history/explanations.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "messages/base/json_writer.hpp"
#include "messages/base/text.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye {

namespace {

/// A device that Hawkeye no longer lists is kept for this time.
constexpr std::int64_t remembered_seconds = 7 * 24h / 1s;
/// A probe or client with more bytes than this is cut and written as a string.
constexpr std::size_t longest_raw = 4096;
constexpr std::string_view gone_rule = "out: Hawkeye does not list it any more";
constexpr std::string_view lost_rule =
    "in: the snapshot has it; what its refresh found out is lost";

std::string time_of(std::int64_t seconds) {
  return to_string(timestamp{seconds, 0});
}

/// Writes external JSON unchanged, unless it is too long.
void write_raw(json_writer& out, std::string_view name, std::string_view raw) {
  out.key(name);
  if (raw.size() > longest_raw)
    out.value(printable(raw, longest_raw));
  else
    out.raw(raw.empty() ? "null" : raw);
}

void write_errors(json_writer& out, const std::vector<resolution_error>& errors) {
  out.key("errors").begin_array();
  for (const auto& x : errors) {
    out.begin_object().member("at", to_string(x.at)).member("question", x.question);
    out.member("error", x.text).end_object();
  }
  out.end_array();
}

/// The beginning of a record. The management status follows it.
std::string record_head(std::string_view serial_number) {
  return json_writer{}.begin_object().member("serial_number", serial_number).take() + ',';
}

/// The raw management status of a record with this head.
std::string_view status_in(std::string_view record, const std::string& head) {
  const auto before = head + "\"management_status\":";
  if (!record.starts_with(before))
    return "null";
  const auto end = skip_json_value(record, before.size());
  return end ? record.substr(before.size(), *end - before.size()) : "null";
}

/// The devices in the snapshot that are served although a bridge did not answer for them or
/// answered no, by the hash of the serial number.
struct earlier_record {
  outcome why;
  timestamp since; ///< when Bruin was last asked successfully
  std::string client;
};
using earlier_records = std::unordered_map<std::uint64_t, earlier_record>;

earlier_records earlier_in(const snapshot& x) {
  earlier_records result;
  if (x.served_as()[outcome::monitored] == x.size())
    return result;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto state = x.state(i);
    if (const auto why = state.why_in(); why != outcome::monitored)
      if (const auto view = read_device(x.at(i)))
        result.emplace(
            fingerprint(view->serial_number),
            earlier_record{why, to_timestamp(state.verdict.yes), std::string{view->client}});
  }
  return result;
}

/// Writes the explanations of one refresh.
class explanations_writer {
public:
  explanations_writer(const explanation_source& from, const device_explanations_ptr& previous)
      : from_{from}, previous_{previous}, old_records_{previous ? previous->records() : nullptr},
        probe_texts_{from.probes.texts}, earlier_{earlier_in(from.next)} {
    if (from.about)
      for (const auto& serial : *from.about)
        about_.insert(fingerprint(serial));
  }

  device_explanations_ptr write() {
    const bool partial = from_.about && previous_;
    // A partial refresh appends to the archive until most of that are replaced records.
    const bool anew = !partial || is_mostly_replaced(*previous_);
    compressed_archive_writer records{anew ? compressed_archive{} : *previous_->records()};
    add_listed(records);
    for (const auto& old : old_entries(anew)) {
      if (listed_.contains(old.serial_hash) || (!partial && forgotten(old)))
        continue;
      auto next = !partial || about_.contains(old.serial_hash) ? unlisted(old) : old;
      if (anew)
        next.record = records.append(old_records_.at(old.record));
      entries_.push_back(next);
    }
    return std::make_shared<const device_explanations>(from_.next.meta().version, records.finish(),
                                                       std::move(entries_));
  }

private:
  static bool is_mostly_replaced(const device_explanations& x) {
    std::size_t bytes = 0;
    for (const auto& entry : x.entries())
      bytes += entry.record.size;
    return x.records()->blocks().size() > 8 + 2 * bytes / compressed_archive::full_block;
  }

  /// In the order of their records if those are read: each block is unpacked once then.
  std::vector<explanation_entry> old_entries(bool in_order) const {
    auto result = previous_ ? previous_->entries() : std::vector<explanation_entry>{};
    if (in_order)
      std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
        return std::tie(a.record.block, a.record.offset)
               < std::tie(b.record.block, b.record.offset);
      });
    return result;
  }

  void add_listed(compressed_archive_writer& records) {
    static const resolution never_asked;
    for (std::size_t i = 0; i < from_.probes.probes.size(); ++i) {
      const auto& x = from_.probes.probes[i];
      const auto& resolved = i < from_.resolutions.size() ? from_.resolutions[i] : never_asked;
      add(records, x.serial_number, from_.outcomes[i], resolved, probe_texts_.at(x.text), {});
    }
    for (const auto& x : from_.probes.discarded)
      if (!x.serial_number.empty() && !listed_.contains(fingerprint(x.serial_number)))
        add(records, x.serial_number, x.why, never_asked, probe_texts_.at(x.text), x.reason);
  }

  void add(compressed_archive_writer& records, const std::string& serial, outcome why,
           const resolution& resolved, std::string_view probe, const std::string& reason) {
    const auto hash = fingerprint(serial);
    const auto found = earlier_.find(hash);
    const auto* earlier = found == earlier_.end() ? nullptr : &found->second;
    if (earlier)
      why = earlier->why;
    const auto* past = previous_ ? previous_->entry(serial) : nullptr;
    const bool as_before = past && past->why == why && past->gone == 0;
    const auto since = as_before ? past->since : from_.now.seconds;
    json_writer out;
    out.begin_object().member("serial_number", serial).key("management_status");
    if (why == outcome::monitored || why == outcome::not_monitored)
      out.value(resolved.detail);
    else if (is_served(why) && past) // the status in Bruin's last answer
      out.raw(status_in(old_records_.at(past->record), record_head(serial)));
    else
      out.null();
    write_raw(out, "client", earlier ? earlier->client : resolved.client);
    out.key("client_ids").raw("[" + joined(resolved.clients, ",") + "]");
    write_errors(out, resolved.errors);
    const bool carried_over = earlier && why == outcome::carried_over;
    out.text_or_null("carried_over_since", carried_over ? to_string(earlier->since) : "");
    out.text_or_null("reason", reason);
    out.key("last_seen").begin_object().member("version", from_.next.meta().version);
    out.member("at", time_of(from_.now.seconds)).end_object();
    write_raw(out, "probe", probe);
    listed_.insert(hash);
    entries_.push_back({hash, records.append(out.end_object().text()), why, since, 0});
  }

  bool forgotten(const explanation_entry& x) const {
    return x.gone != 0 && from_.now.seconds - x.gone > remembered_seconds;
  }

  /// The entry of a device that is not in the list: still served, or gone.
  explanation_entry unlisted(explanation_entry x) const {
    const auto found = earlier_.find(x.serial_hash);
    if (found == earlier_.end()) {
      if (x.gone == 0)
        x.gone = from_.now.seconds;
      return x;
    }
    if (x.why != found->second.why || x.gone != 0)
      x.since = from_.now.seconds;
    x.why = found->second.why;
    x.gone = 0;
    return x;
  }

  const explanation_source& from_;
  const device_explanations_ptr& previous_;
  compressed_archive_reader old_records_, probe_texts_;
  earlier_records earlier_;
  std::vector<explanation_entry> entries_;
  std::unordered_set<std::uint64_t> listed_, about_; ///< hashes of serial numbers
};

} // namespace

// -- queries --------------------------------------------------------------------------------------

device_explanations::device_explanations(std::uint64_t version, compressed_archive_ptr records,
                                         std::vector<explanation_entry> entries)
    : version_{version}, records_{std::move(records)}, entries_{std::move(entries)} {
  std::sort(entries_.begin(), entries_.end(),
            [](const explanation_entry& a, const explanation_entry& b) {
              return a.serial_hash < b.serial_hash;
            });
}

const explanation_entry* device_explanations::entry(std::string_view serial_number) const {
  const auto hash = fingerprint(serial_number);
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), hash,
      [](const explanation_entry& x, std::uint64_t y) { return x.serial_hash < y; });
  return found != entries_.end() && found->serial_hash == hash ? &*found : nullptr;
}

std::optional<std::string> device_explanations::find(std::string_view serial_number) const {
  const auto* known = entry(serial_number);
  if (!known)
    return {};
  compressed_archive_reader records{records_};
  const auto record = records.at(known->record);
  const auto head = record_head(serial_number);
  if (!record.starts_with(head)) // a hash collision with another serial number
    return {};
  const bool gone = known->gone != 0;
  json_writer out;
  out.begin_object().member("serial_number", serial_number);
  out.member("served", is_served(known->why) && !gone);
  out.member("outcome", gone ? "gone" : to_string(known->why));
  out.member("rule", gone ? gone_rule : rule_of(known->why));
  out.member("since", time_of(gone ? known->gone : known->since));
  out.text_or_null("outcome_before", gone ? to_string(known->why) : "");
  auto result = out.raw(record.substr(head.size())).take();
  if (!is_valid_json(result)) // the data in Redis is not trusted
    return {};
  return result;
}

std::optional<std::string> served_record(const snapshot& x, std::string_view serial_number) {
  const auto& meta = x.meta();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto view = read_device(x.at(i));
    if (!view || view->serial_number != serial_number)
      continue;
    const auto state = x.state(i);
    const auto why = state.why_in(); // if it is monitored, too, the reasons are lost
    const bool is_known = why != outcome::monitored;
    const bool carried_over = why == outcome::carried_over;
    json_writer out;
    out.begin_object().member("serial_number", serial_number).member("served", true);
    out.text_or_null("outcome", is_known ? to_string(why) : "");
    out.member("rule", is_known ? rule_of(why) : lost_rule);
    for (const auto* unknown : {"since", "outcome_before", "management_status"})
      out.key(unknown).null();
    write_raw(out, "client", view->client);
    out.key("client_ids").raw("[]").key("errors").raw("[]");
    out.text_or_null("carried_over_since",
                     carried_over ? to_string(to_timestamp(state.verdict.yes)) : "");
    out.key("reason").null().key("last_seen").begin_object().member("version", meta.version);
    out.text_or_null("at", meta.built_at ? to_string(*meta.built_at) : "").end_object();
    return out.key("probe").null().end_object().take();
  }
  return {};
}

device_explanations_ptr write_explanations(const explanation_source& from,
                                           const device_explanations_ptr& previous) {
  return explanations_writer{from, previous}.write();
}

std::string_view rule_of(outcome x) noexcept {
  constexpr std::array<std::string_view, outcome_count> rules{
      "in: Bruin names a client, and the management status is a monitored one",
      "in: Bruin did not answer, the last good record stands in",
      "out: the probe is not what Hawkeye promises",
      "out: the probe has no serial number",
      "out: another probe with this serial number was contacted later",
      "out: neither nodetonode nor realservice ever had contact",
      "out: Bruin has no client for this serial number",
      "out: Bruin has no management status for it",
      "out: the management status is not one of bruin.monitored-statuses",
      "out: Bruin did not say whose it is, and there is no record to stand in",
      "out: Bruin did not say its status, and there is no record to stand in",
      "out: the refresh ended before Bruin was asked, and there is no record to stand in",
      "out: Bruin did not answer, and the last good record is older than refresh.max-stale",
      "in: Hawkeye's list does not have it any more, or without contact, which a second list has "
      "to confirm",
      "in: Bruin says no, for so many devices at once that a second answer has to confirm it"};
  return rules[static_cast<std::size_t>(x)];
}

// -- The explanations as a value in Redis: a line with version, format and fingerprint; the number
// of entries and the entries; the compressed blocks, each with its size. Only this program writes
// and reads it, on machines of the same byte order. If anything is wrong, the value is rejected,
// and the next refresh writes it again.

namespace {

constexpr std::size_t longest_head = 256;

/// The first line of the value, without the line break.
std::string head_of(std::uint64_t version, std::string_view body) {
  json_writer out;
  out.begin_object().member("version", version).member("format", 1);
  return out.member("fingerprint", fingerprint(body)).end_object().take();
}

template <class T>
void put(std::string& out, const T& x) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &x, sizeof(T));
  out.append(bytes, sizeof(T));
}

/// Reads the output of `put`; false after the end.
class source {
public:
  explicit source(std::string_view text) : text_{text} {}

  template <class T>
  bool get(T& to) {
    if (text_.size() < sizeof(T))
      return false;
    std::memcpy(&to, text_.data(), sizeof(T));
    text_.remove_prefix(sizeof(T));
    return true;
  }

  bool get(std::string& to, std::size_t size) {
    if (text_.size() < size)
      return false;
    to.assign(text_.substr(0, size));
    text_.remove_prefix(size);
    return true;
  }

  bool at_end() const noexcept {
    return text_.empty();
  }

private:
  std::string_view text_;
};

/// Size of an entry in the value.
constexpr std::size_t entry_bytes = 8 + 3 * 4 + 1 + 2 * 8;

/// Calls `f` for each field of an entry, in the order in which they are stored, until it returns
/// false.
template <class Entry, class Function>
bool for_each_field(Entry& x, Function f) {
  return f(x.serial_hash) && f(x.record.block) && f(x.record.offset) && f(x.record.size) && f(x.why)
         && f(x.since) && f(x.gone);
}

bool is_valid(const explanation_entry& x) {
  return static_cast<std::size_t>(x.why) < outcome_count && can_be_written({x.since, 0})
         && can_be_written({x.gone, 0});
}

} // namespace

std::string store_explanations(const device_explanations& x) {
  std::string body;
  put(body, static_cast<std::uint64_t>(x.entries().size()));
  for (const auto& entry : x.entries())
    for_each_field(entry, [&](const auto& field) {
      put(body, field);
      return true;
    });
  for (const auto& block : x.records()->blocks()) {
    put(body, static_cast<std::uint64_t>(block.size()));
    body += block;
  }
  return head_of(x.version(), body) + "\n" + body;
}

expected<device_explanations_ptr> read_explanations(std::string_view stored) {
  const failure broken{"what Redis holds about the devices of the last refresh is broken"};
  const auto version = read_version(stored.substr(0, longest_head));
  const auto line = stored.substr(0, longest_head).find('\n');
  if (!version || line == std::string_view::npos)
    return fail(broken);
  const auto body = stored.substr(line + 1);
  if (stored.substr(0, line) != head_of(*version, body))
    return fail(broken);
  source from{body};
  std::uint64_t count = 0;
  if (!from.get(count) || count > body.size() / entry_bytes)
    return fail(broken);
  std::vector<explanation_entry> entries(static_cast<std::size_t>(count));
  for (auto& entry : entries)
    if (!for_each_field(entry, [&](auto& field) { return from.get(field); }) || !is_valid(entry))
      return fail(broken);
  // Entries are written in order and without duplicates.
  const auto not_below = [](const explanation_entry& a, const explanation_entry& b) {
    return a.serial_hash >= b.serial_hash;
  };
  if (std::adjacent_find(entries.begin(), entries.end(), not_below) != entries.end())
    return fail(broken);
  std::vector<std::string> blocks;
  for (std::uint64_t size = 0; !from.at_end();)
    if (!from.get(size) || size == 0 || !from.get(blocks.emplace_back(), size))
      return fail(broken);
  return std::make_shared<const device_explanations>(
      *version, std::make_shared<const compressed_archive>(std::move(blocks)), std::move(entries));
}

} // namespace hawkeye
