#include "messages/admin/device_query.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include <simdjson.h>

#include "messages/base/json_writer.hpp"
#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

// -- the question ---------------------------------------------------------------------------------

constexpr std::array<std::string_view, device_column_count> column_names{
    "serial_number", "last_contact", "client_name", "client_id", "probe_group", "device_type_name"};

failure wrong(std::string_view name, std::string_view right) {
  return {fmt::format("{} is wrong; right is {}", name, right)};
}

bool read_number(std::size_t& to, std::string_view text, std::size_t most) {
  const auto number = whole_number<std::size_t>(text);
  to = number.value_or(0);
  return to >= 1 && to <= most;
}

std::optional<failure> set(device_query& query, const std::string& name, const std::string& value) {
  if (name == "search") {
    if (value.size() > max_search_bytes || !simdjson::validate_utf8(value))
      return wrong(name, "a text in UTF-8 of at most 200 bytes");
    query.search = value;
  } else if (name == "sort") {
    const auto known = std::find(column_names.begin(), column_names.end(), value);
    if (known == column_names.end())
      return wrong(name, "serial_number, last_contact, client_name, client_id, probe_group or "
                         "device_type_name");
    query.sort = static_cast<device_column>(known - column_names.begin());
  } else if (name == "order") {
    if (value != "asc" && value != "desc")
      return wrong(name, "asc or desc");
    query.descending = value == "desc";
  } else if (name == "page") {
    if (!read_number(query.page, value, max_page))
      return wrong(name, "a whole number from 1 to " + std::to_string(max_page));
  } else if (name == "size") {
    if (!read_number(query.size, value, max_page_size))
      return wrong(name, "a whole number from 1 to " + std::to_string(max_page_size));
  } else {
    return fail("there is no parameter {}; there are search, sort, order, page and size",
                printable(name, 40));
  }
  return {};
}

// -- one device -----------------------------------------------------------------------------------

/// Raw JSON values of one device; empty if missing.
struct row {
  std::array<std::string_view, device_column_count> columns;
  std::string_view probe_id, probe_uid;
};

void take_client(row& to, std::string_view key, std::string_view value) {
  if (json_string_means(key, "client_name"))
    to.columns[static_cast<std::size_t>(device_column::client_name)] = value;
  else if (json_string_means(key, "client_id"))
    to.columns[static_cast<std::size_t>(device_column::client_id)] = value;
}

row read_row(std::string_view device) {
  row result;
  for_each_json_member(device, [&](std::string_view key, std::string_view value) {
    if (key == R"("bruin_client_info")")
      for_each_json_member(value, [&](std::string_view name, std::string_view part) {
        take_client(result, name, part);
      });
    else if (key == R"("probe_id")")
      result.probe_id = value;
    else if (key == R"("probe_uid")")
      result.probe_uid = value;
    for (const auto column : {device_column::serial_number, device_column::last_contact,
                              device_column::probe_group, device_column::device_type_name})
      if (key.substr(1, key.size() - 2) == column_names[static_cast<std::size_t>(column)])
        result.columns[static_cast<std::size_t>(column)] = value;
  });
  return result;
}

/// The display text of a JSON scalar; empty for null.
std::string plain(std::string_view raw) {
  if (raw == "null")
    return {};
  if (auto text = unescape_json_string(raw))
    return std::move(*text);
  return std::string{raw};
}

char folded(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string folded(std::string text) {
  for (auto& c : text)
    c = folded(c);
  return text;
}

// -- search ---------------------------------------------------------------------------------------

bool holds(std::string_view text, std::string_view search) {
  return std::search(text.begin(), text.end(), search.begin(), search.end(),
                     [](char a, char b) { return folded(a) == b; })
         != text.end();
}

/// `search` is in lower case. A value without escapes is searched in place.
bool holds_raw(std::string_view raw, std::string_view search) {
  if (raw.find('\\') != std::string_view::npos)
    return holds(plain(raw), search);
  if (raw.starts_with('"'))
    raw = raw.substr(1, raw.size() - 2);
  return raw != "null" && holds(raw, search);
}

bool matches(std::string_view device, const std::string& search) {
  const auto x = read_row(device);
  return std::any_of(x.columns.begin(), x.columns.end(),
                     [&](std::string_view raw) { return holds_raw(raw, search); })
         || holds_raw(x.probe_id, search) || holds_raw(x.probe_uid, search);
}

std::vector<std::uint32_t> find_matching(const snapshot& from, const std::string& search) {
  std::vector<std::uint32_t> result;
  for (std::uint32_t i = 0; i < from.size(); ++i)
    if (matches(from.at(i), search))
      result.push_back(i);
  return result;
}

// -- order ----------------------------------------------------------------------------------------

/// The sort key of a device: numbers by value, then texts, then missing values.
struct sort_key {
  enum class kind : std::uint8_t { number, text, none } rank = kind::none;
  std::string text;
  std::uint32_t index = 0;
};

sort_key key_of(const snapshot& from, std::uint32_t index, device_column by) {
  auto text = folded(plain(read_row(from.at(index)).columns[static_cast<std::size_t>(by)]));
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto rank = text.empty() ? sort_key::kind::none
                    : digits     ? sort_key::kind::number
                                 : sort_key::kind::text;
  if (rank == sort_key::kind::number)
    text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
  return {rank, std::move(text), index};
}

bool goes_before(const sort_key& a, const sort_key& b, bool descending) {
  using kind = sort_key::kind;
  if (a.rank != b.rank)
    return descending && a.rank != kind::none && b.rank != kind::none ? a.rank > b.rank
                                                                      : a.rank < b.rank;
  const bool by_length = a.rank == kind::number && a.text.size() != b.text.size();
  const int order = by_length ? (a.text.size() < b.text.size() ? -1 : 1) : a.text.compare(b.text);
  if (order != 0)
    return descending ? order > 0 : order < 0;
  return a.index < b.index;
}

/// Sorts so that the first `count` elements are in order.
void sort_by(std::vector<std::uint32_t>& found, const snapshot& from, const device_query& asked,
             std::size_t count) {
  if (asked.sort == device_column::last_contact) { // the snapshot's own order
    if (!asked.descending)
      std::reverse(found.begin(), found.end());
    return;
  }
  std::vector<sort_key> keys;
  keys.reserve(found.size());
  for (const auto index : found)
    keys.push_back(key_of(from, index, asked.sort));
  std::partial_sort(
      keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count), keys.end(),
      [&](const sort_key& a, const sort_key& b) { return goes_before(a, b, asked.descending); });
  std::transform(keys.begin(), keys.end(), found.begin(), [](const auto& x) { return x.index; });
}

// -- the answer -----------------------------------------------------------------------------------

void write_shown(json_writer& out, std::string_view name, std::string_view raw) {
  out.key(name);
  if (raw.empty() || raw == "null")
    out.null();
  else
    out.value(printable(plain(raw)));
}

void write_device(json_writer& out, const snapshot& from, std::uint32_t index) {
  const auto x = read_row(from.at(index));
  const auto serial = plain(x.columns[0]);
  out.begin_object().member("serial_number", serial);
  for (std::size_t i = 1; i < device_column_count; ++i)
    write_shown(out, column_names[i], x.columns[i]);
  write_shown(out, "probe_id", x.probe_id);
  write_shown(out, "probe_uid", x.probe_uid);
  const auto state = from.state(index);
  const auto why = state.why_in();
  out.member("outcome", to_string(why));
  out.text_or_null("carried_over_since", why == outcome::carried_over
                                             ? to_string(to_timestamp(state.verdict.yes))
                                             : std::string{})
      .end_object();
}

} // namespace

expected<device_query>
read_device_query(const std::multimap<std::string, std::string>& parameters) {
  device_query result;
  if (const auto sort = parameters.find("sort"); sort != parameters.end())
    result.descending = sort->second == "last_contact"; // `order` overrides it
  for (const auto& [name, value] : parameters) {
    if (parameters.count(name) > 1)
      return fail("{} stands there more than once; right is once", printable(name, 40));
    if (auto why = set(result, name, value))
      return fail(*why);
  }
  return result;
}

std::string write_device_page(const snapshot& from, const device_query& asked) {
  const bool all = asked.search.empty();
  std::vector<std::uint32_t> found;
  if (all) {
    found.resize(from.size());
    std::iota(found.begin(), found.end(), 0u);
  } else {
    found = find_matching(from, folded(asked.search));
  }
  const auto begin = std::min(found.size(), (asked.page - 1) * asked.size);
  const auto end = std::min(found.size(), begin + asked.size);
  sort_by(found, from, asked, end);
  const auto pages = (found.size() + asked.size - 1) / asked.size;
  json_writer out;
  out.begin_object().member("version", from.meta().version).member("total", from.size());
  out.member("matched", found.size()).member("page", asked.page).member("pages", pages);
  out.member("size", asked.size).key("devices").begin_array();
  for (auto i = begin; i < end; ++i)
    write_device(out, from, found[i]);
  return out.end_array().end_object().take();
}

} // namespace hawkeye
