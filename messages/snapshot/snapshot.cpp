#include "messages/snapshot/snapshot.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "messages/base/json_writer.hpp"

namespace hawkeye {

std::string device_json(std::string_view serial_number, std::string_view last_contact,
                        std::string_view client, std::string_view attributes) {
  json_writer out;
  out.begin_object().member("serial_number", serial_number).member("last_contact", last_contact);
  return out.key("bruin_client_info").raw(client).raw(attributes).end_object().take();
}

namespace {

/// Orders by serial number. If there are too many, keeps those with the newest answers.
void order_and_limit(std::vector<kept_device>& devices) {
  if (devices.size() > max_kept_devices) {
    const auto end = devices.begin() + static_cast<std::ptrdiff_t>(max_kept_devices);
    std::nth_element(devices.begin(), end, devices.end(), [](const auto& a, const auto& b) {
      return std::pair{-a.state.newest(), std::string_view{a.serial_number}}
             < std::pair{-b.state.newest(), std::string_view{b.serial_number}};
    });
    devices.erase(end, devices.end());
  }
  std::sort(devices.begin(), devices.end(),
            [](const auto& a, const auto& b) { return a.serial_number < b.serial_number; });
}

} // namespace

void snapshot::content::add(const device_state& x, asked_at as_of) {
  const auto known = x.is_in() ? x : state_as_of(as_of);
  states.push_back(known);
  newest = std::max(newest, known.newest());
  const auto why = known.why_in();
  ++served_as[why];
  if (why == outcome::carried_over)
    oldest_carried =
        oldest_carried > 0 ? std::min(oldest_carried, known.verdict.yes) : known.verdict.yes;
}

/// Takes the devices that are not served, without those that are too many.
void snapshot::content::keep(std::vector<kept_device> devices) {
  for (const auto& x : devices)
    newest = std::max(newest, x.state.newest());
  order_and_limit(devices);
  kept = std::move(devices);
}

const std::vector<kept_device>& snapshot::heard() const noexcept {
  static const std::vector<kept_device> none;
  return heard_ ? *heard_ : none;
}

snapshot snapshot::with_heard(std::vector<kept_device> devices) const {
  snapshot copy{*this};
  order_and_limit(devices);
  copy.heard_ = std::make_shared<const std::vector<kept_device>>(std::move(devices));
  return copy;
}

snapshot::snapshot(snapshot_meta meta, std::vector<device> devices, std::vector<kept_device> kept)
    : meta_{meta} {
  std::vector<std::uint32_t> order(devices.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t i, std::uint32_t k) {
    const auto &a = devices[i], &b = devices[k];
    if (a.last_contact_at != b.last_contact_at)
      return a.last_contact_at > b.last_contact_at;
    return a.serial_number < b.serial_number;
  });
  std::size_t bytes = 2;
  for (const auto& x : devices)
    bytes += x.json.size() + 1;
  content all;
  all.array.reserve(bytes);
  all.ends.reserve(devices.size());
  all.contacts.reserve(devices.size());
  all.states.reserve(devices.size());
  const auto as_of = meta_.built_at ? to_asked(*meta_.built_at) : 1;
  all.array += '[';
  for (const auto i : order) {
    auto& x = devices[i];
    if (!all.ends.empty())
      all.array += ',';
    all.array += x.json;
    all.ends.push_back(all.array.size());
    all.contacts.push_back(x.last_contact_at);
    all.add(x.state, as_of);
    std::string{}.swap(x.json); // frees each text early: at no time are all devices in memory twice
  }
  all.array += ']';
  all.keep(std::move(kept));
  content_ = std::make_shared<const content>(std::move(all));
}

snapshot::snapshot(snapshot_meta meta, std::string array, std::vector<std::size_t> ends,
                   std::vector<timestamp> contacts, const std::vector<device_state>& states,
                   std::vector<kept_device> kept)
    : meta_{meta} {
  content all;
  all.array = std::move(array);
  all.ends = std::move(ends);
  all.contacts = std::move(contacts);
  const auto as_of = meta_.built_at ? to_asked(*meta_.built_at) : 1;
  all.states.reserve(all.ends.size());
  for (std::size_t i = 0; i < all.ends.size(); ++i)
    all.add(i < states.size() ? states[i] : device_state{}, as_of);
  all.keep(std::move(kept));
  content_ = std::make_shared<const content>(std::move(all));
}

std::size_t snapshot::count_after(const std::optional<timestamp>& filter) const noexcept {
  if (!filter)
    return size();
  const auto& contacts = content_->contacts;
  const auto first_old = std::partition_point(contacts.begin(), contacts.end(),
                                              [&](const timestamp& x) { return x > *filter; });
  return static_cast<std::size_t>(first_old - contacts.begin());
}

std::string_view snapshot::first(std::size_t count) const noexcept {
  if (count == 0)
    return {};
  return array().substr(1, content_->ends[count - 1] - 1);
}

std::string_view snapshot::at(std::size_t index) const noexcept {
  const auto& ends = content_->ends;
  const auto begin = index == 0 ? 1 : ends[index - 1] + 1;
  return array().substr(begin, ends[index] - begin);
}

std::optional<device_view> read_device(std::string_view json) {
  device_view result;
  std::optional<std::string> serial;
  const auto whole = for_each_json_member(json, [&](std::string_view key, std::string_view value) {
    if (key == R"("serial_number")")
      serial = unescape_json_string(value);
    else if (key == R"("bruin_client_info")")
      result.client = value;
  });
  if (!whole || !serial || result.client.empty())
    return {};
  result.serial_number = std::move(*serial);
  return result;
}

std::string_view client_id_of(std::string_view client) {
  std::string_view result = "null";
  const auto whole =
      for_each_json_member(client, [&](std::string_view key, std::string_view value) {
        if (result == "null" && json_string_means(key, "client_id"))
          result = value;
      });
  return whole ? result : "null";
}

std::string client_name_of(std::string_view client) {
  std::string result;
  for_each_json_member(client, [&](std::string_view key, std::string_view value) {
    if (result.empty() && json_string_means(key, "client_name"))
      result = unescape_json_string(value).value_or("");
  });
  return result;
}

// -- merge ----------------------------------------------------------------------------------------

namespace {

/// The fields of a device that a merge needs.
struct device_key {
  std::string serial_number;
  timestamp last_contact;
};

device_key key_of(std::string_view json) {
  device_literals raw;
  for_each_json_member(json,
                       [&](std::string_view key, std::string_view value) { raw.take(key, value); });
  const auto contact = unescape_json_string(raw.last_contact).value_or("");
  return {unescape_json_string(raw.serial_number).value_or(""),
          parse_timestamp(contact).value_or(timestamp{})};
}

enum class place { served, kept, heard };

/// One device of a snapshot; `json` is a view into it.
struct known_device {
  device_state state;
  std::string_view json;
  place where;
};

bool same(const known_device& a, const device_state& state, std::string_view json) {
  return a.where == place::served && a.state == state && a.json == json;
}

std::unordered_map<std::string, known_device> devices_of(const snapshot& x) {
  std::unordered_map<std::string, known_device> result;
  result.reserve(x.size() + x.kept().size() + x.heard().size());
  for (std::size_t i = 0; i < x.size(); ++i)
    result.try_emplace(key_of(x.at(i)).serial_number,
                       known_device{x.state(i), x.at(i), place::served});
  for (const auto& y : x.kept())
    result.try_emplace(y.serial_number, known_device{y.state, y.json, place::kept});
  for (const auto& y : x.heard())
    result.try_emplace(y.serial_number, known_device{y.state, y.json, place::heard});
  return result;
}

/// Collects the devices of two snapshots into one.
class merger {
public:
  void take(const std::string& serial, const known_device* a, const known_device* b) {
    if (!a || !b)
      return put(serial, a, b, (a ? a : b)->state, std::string{(a ? a : b)->json});
    if (a->state == b->state && a->json == b->json)
      return put(serial, a, b, a->state, std::string{a->json});
    put(serial, a, b, merge(a->state, b->state),
        merge_content(a->state, a->json, b->state, b->json));
  }

  /// The number of devices in `in` that are identical in snapshot a, and in b.
  std::size_t as_in_a = 0, as_in_b = 0;
  std::vector<device> in;
  std::vector<kept_device> kept, heard;

private:
  static bool is_known(const known_device* x) {
    return x && x->where != place::heard;
  }

  void put(const std::string& serial, const known_device* a, const known_device* b,
           device_state state, std::string json) {
    if (!state.is_in() || json.empty()) {
      auto& to = is_known(a) || is_known(b) ? kept : heard;
      to.push_back({serial, std::move(state), std::move(json)});
      return;
    }
    as_in_a += a && same(*a, state, json);
    as_in_b += b && same(*b, state, json);
    const auto contact = last_contact_of(json);
    in.push_back({serial, contact, std::move(json), std::move(state)});
  }
};

/// The origin of a snapshot: its latest question, which no wall clock changes, when it was built,
/// and that refresh's counts of devices that are not served. Served devices are counted by their
/// states.
auto origin_of(const snapshot& x) {
  auto left_out = x.meta().counts;
  for (const auto which : all_outcomes)
    if (is_served(which))
      left_out[which] = 0;
  return std::tuple{x.newest(), x.meta().built_at, left_out.values};
}

} // namespace

std::string serial_of(std::string_view json) {
  return key_of(json).serial_number;
}

timestamp last_contact_of(std::string_view json) {
  return key_of(json).last_contact;
}

snapshot_ptr merge(const snapshot_ptr& a, const snapshot_ptr& b) {
  if (!a || !b || a == b)
    return a ? a : b;
  const auto of_a = devices_of(*a), of_b = devices_of(*b);
  merger both;
  both.in.reserve(std::max(a->size(), b->size()));
  for (const auto& [serial, x] : of_a) {
    const auto other = of_b.find(serial);
    both.take(serial, &x, other == of_b.end() ? nullptr : &other->second);
  }
  for (const auto& [serial, x] : of_b)
    if (!of_a.contains(serial))
      both.take(serial, nullptr, &x);
  const auto size = both.in.size();
  const bool as_a = both.as_in_a == size && a->size() == size;
  const bool as_b = both.as_in_b == size && b->size() == size;
  snapshot_meta meta;
  meta.version = std::max(a->meta().version, b->meta().version);
  const auto origin = std::max(origin_of(*a), origin_of(*b));
  std::tie(std::ignore, meta.built_at, meta.counts.values) = origin;
  for (const auto& x : both.in)
    ++meta.counts[x.state.why_in()];
  const snapshot result{meta, std::move(both.in), std::move(both.kept)};
  const auto with_both_heard = [&](const snapshot_ptr& same) {
    return same->heard() == both.heard
               ? same
               : std::make_shared<const snapshot>(same->with_heard(std::move(both.heard)));
  };
  std::sort(both.heard.begin(), both.heard.end(),
            [](const auto& x, const auto& y) { return x.serial_number < y.serial_number; });
  if (as_a && origin == origin_of(*a) && a->kept() == result.kept())
    return with_both_heard(a);
  if (as_b && origin == origin_of(*b) && b->kept() == result.kept())
    return with_both_heard(b);
  return with_both_heard(std::make_shared<const snapshot>(result));
}

} // namespace hawkeye
